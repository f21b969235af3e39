// The day as a strip: a lane for each sort of event over how rare it was, and a click leads to one.
import { colours } from "./colours.js";
import { LANES, headline, laneOf } from "./kinds.js";
import { clock, tick } from "./numbers.js";
import { word } from "./words.js";

const SPANS = [["day.2min", 120], ["day.10min", 600], ["day.hour", 3600], ["day.6h", 21600], ["day.day", 86400]];
const TICKS = [5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600];
const NEAR = 8; // pixels within which a click finds an event
const REDRAWN_EVERY = 1000; // ms

export class Timeline {
  /** @param onOpen told the id of an event that is to be looked at */
  constructor(root, { spans, events, history, onOpen }) {
    Object.assign(this, { root, spans, events, history, onOpen });
    this.chosen = null; // seconds; null: as much as the run needs
    this.now = null; // seconds since 1970 of the newest frame
    this.unit = 1;
    this.canvas = root.appendChild(document.createElement("canvas"));
    this.canvas.setAttribute("role", "img");
    this.tip = root.appendChild(document.createElement("p"));
    this.tip.className = "tip";
    this.tip.hidden = true;
    new ResizeObserver(() => this.redraw()).observe(root);
    this.canvas.addEventListener("pointermove", (event) => this.#hover(event));
    this.canvas.addEventListener("pointerleave", () => this.#hover(null));
    this.canvas.addEventListener("click", (event) => {
      const found = this.#find(event);
      if (found) this.onOpen(found.id);
    });
  }

  translate() {
    this.spans.replaceChildren(...SPANS.map(([key, seconds]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = word(key);
      button.setAttribute("aria-pressed", String(seconds === this.#seconds));
      button.addEventListener("click", () => {
        this.chosen = seconds;
        this.translate();
        this.spans.children[SPANS.findIndex(([, length]) => length === seconds)].focus();
      });
      return button;
    }));
    this.redraw();
  }

  update(now) {
    this.now = now ?? this.now;
    if (this.timer || document.hidden) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      this.redraw();
    }, REDRAWN_EVERY);
  }

  redraw() {
    requestAnimationFrame(() => this.#draw());
  }

  get #seconds() {
    if (this.chosen) return this.chosen;
    const begun = this.history.times[0]?.[1];
    const length = begun && this.now ? this.now - begun : 0;
    return (SPANS.find(([, seconds]) => seconds >= length) ?? SPANS.at(-1))[1];
  }

  /** Beginning and end in seconds since 1970: of a run that is shorter, from its beginning. */
  get #range() {
    const seconds = this.#seconds;
    const end = this.now ?? Date.now() / 1000;
    const begun = this.history.times[0]?.[1] ?? end;
    return end - begun < seconds ? [begun, begun + seconds] : [end - seconds, end];
  }

  #draw() {
    const { canvas } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width || !height) return;
    for (const button of this.spans.children) {
      const pressed = String(button.textContent === word(SPANS.find(([, s]) => s === this.#seconds)[0]));
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
    const sharp = Math.min(devicePixelRatio || 1, 2);
    Object.assign(canvas, { width: Math.round(width * sharp), height: Math.round(height * sharp) });
    this.unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const context = canvas.getContext("2d");
    context.scale(sharp, sharp);
    const narrow = width < 520 * this.unit;
    const left = (narrow ? 52 : 72) * this.unit;
    const foot = 20 * this.unit;
    const lane = (height - foot) / LANES.length;
    const [from, to] = this.#range;
    this.frame = { left, lane, x: (time) => left + ((time - from) / (to - from)) * (width - left - 6), width, height };
    this.#drawLanes(context, { foot });
    this.#drawTicks(context, { from, to, foot });
    this.#drawNovelty(context, { from, to });
    this.#drawMarks(context, { from, to });
    this.placed = [];
    for (const event of this.events.shown) {
      if (event.time >= from && event.time <= to) this.#drawEvent(context, event);
    }
    this.#drawNow(context);
    const count = this.placed.length;
    canvas.setAttribute("aria-label", word("day.alt", { from: clock(from), to: clock(to), count }));
  }

  #drawLanes(context) {
    const { line, ink } = colours();
    const { left, lane, width } = this.frame;
    context.font = `${12 * this.unit}px system-ui, sans-serif`;
    context.textBaseline = "middle";
    LANES.forEach((name, i) => {
      context.fillStyle = ink;
      context.fillText(word(`lane.${name}`), 0, (i + 0.5) * lane);
      context.fillStyle = line;
      context.fillRect(left, Math.round((i + 1) * lane), width - left, 1);
    });
  }

  #drawTicks(context, { from, to, foot }) {
    const { line, ink } = colours();
    const { left, x, width, height } = this.frame;
    const seconds = TICKS.find((size) => (size / (to - from)) * (width - left) > 84 * this.unit) ?? TICKS.at(-1);
    const offset = 60 * new Date(1000 * from).getTimezoneOffset(); // ticks at full hours of the local day
    context.textAlign = "center";
    for (let time = Math.ceil((from - offset) / seconds) * seconds + offset; time <= to; time += seconds) {
      const at = Math.round(x(time)) + 0.5;
      context.fillStyle = line;
      context.fillRect(at, 0, 1, height - foot);
      context.fillStyle = ink;
      const text = tick(time, seconds < 60);
      const half = context.measureText(text).width / 2;
      if (at + half < width) context.fillText(text, Math.max(at, left + half), height - foot / 2);
    }
    context.textAlign = "start";
  }

  #drawNovelty(context, { from, to }) {
    const curve = this.history.whole.get("change/novelty");
    if (!curve) return;
    const { lane, x } = this.frame;
    context.fillStyle = colours().novel;
    context.globalAlpha = 0.3;
    context.beginPath();
    let last = null;
    for (const [step, , max] of curve.buckets) {
      const time = this.history.timeOf(step);
      if (time < from || time > to) continue;
      if (last === null) context.moveTo(x(time), lane);
      last = x(time);
      context.lineTo(last, lane - max * (lane - 3));
    }
    if (last !== null) context.lineTo(last, lane);
    context.fill();
    context.globalAlpha = 1;
  }

  /** Events that are older than those listed. */
  #drawMarks(context, { from, to }) {
    const oldest = this.events.events[0]?.step ?? Infinity;
    const { lane, x } = this.frame;
    for (const [step, kind] of this.history.marks) {
      if (step >= oldest) break;
      const time = this.history.timeOf(step);
      if (time < from || time > to || this.events.hidden.has(kind)) continue;
      const name = laneOf({ kind });
      context.fillStyle = colours()[name];
      context.fillRect(x(time), (LANES.indexOf(name) + 0.22) * lane, 2 * this.unit, 0.56 * lane);
    }
  }

  #drawEvent(context, event) {
    const { lane, x } = this.frame;
    const name = laneOf(event);
    const top = LANES.indexOf(name) * lane + 0.22 * lane;
    const high = 0.56 * lane;
    const lag = Math.max(0, (event.end_time ?? 0) - (event.start_time ?? 0));
    const end = x(event.time);
    const begin = event.kind === "left" || event.kind === "novel" ? Math.min(x(event.time - lag), end) : end;
    const wide = Math.max(3 * this.unit, end - begin);
    context.fillStyle = colours()[name];
    context.globalAlpha = event.false_alarm ? 0.25 : event.kind === "left" ? 0.35 : 0.85;
    context.beginPath();
    context.roundRect(begin, top, wide, high, 1.5 * this.unit);
    context.fill();
    context.globalAlpha = 1;
    this.placed.push({ event, begin, end: begin + wide, top, bottom: top + high });
  }

  #drawNow(context) {
    if (!this.now) return;
    const { x, height } = this.frame;
    context.fillStyle = colours().blue;
    context.fillRect(Math.round(x(this.now)), 0, 1.5 * this.unit, height - 20 * this.unit);
  }

  #find({ offsetX, offsetY }) {
    let best = null;
    let nearest = NEAR * this.unit;
    for (const { event, begin, end, top, bottom } of this.placed ?? []) {
      const away = Math.max(begin - offsetX, offsetX - end, 0) + Math.max(top - offsetY, offsetY - bottom, 0);
      if (away <= nearest) [best, nearest] = [event, away];
    }
    return best;
  }

  #hover(event) {
    const found = event && this.#find(event);
    this.tip.hidden = !found;
    this.canvas.style.cursor = found ? "pointer" : "";
    if (!found) return;
    this.tip.textContent = `${headline(found)} · ${clock(found.time)}`;
    const room = this.root.clientWidth - this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(0, Math.min(room, event.offsetX - this.tip.offsetWidth / 2))}px`;
  }
}
