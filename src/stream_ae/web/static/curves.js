// The charts of the run: their curves, the legend that is also the read-out, and detail on demand.
import { colours } from "./colours.js";
import { laneOf } from "./kinds.js";
import { clock, count, number, percent } from "./numbers.js";
import { drawPlot } from "./plot.js";
import { word } from "./words.js";
import { View, listen } from "./zoom.js";

const CHARTS = [
  { name: "mse", axis: { log: true }, lines: [["loss/mse", "blue"], ["loss/copy_last_frame", "grey", true]] },
  { name: "losses", axis: { log: true }, lines: [["loss/global", "violet"], ["loss/detail", "orange", true]] },
  { name: "change", axis: { share: true, floor: 0 }, lines: [["change/ratio", "blue"], ["change/foreground", "orange", true]] },
  { name: "novelty", axis: { floor: 0, ceiling: 1 }, lines: [["change/novelty", "violet"]] },
  { name: "step", axis: { floor: 0 }, lines: [["optim/effective_step", "green"], ["optim/overshoot", "orange", true]] },
  { name: "fps", axis: { floor: 0 }, lines: [["speed/fps", "blue"]] },
];
const SHARES = new Set(["change/ratio", "change/foreground", "optim/overshoot"]);
const REDRAWN_EVERY = 250; // ms; a curve that moves faster is no calmer
const DETAIL_AFTER = 200; // ms without another change of the view
const PLACES = 150; // for marks of events along a curve; of several at one place one is drawn
const MOST_TRIANGLES = 60; // more are thin strokes
const MOST_LINES = 40; // through the whole height; more are a wall of ink

export class Curves {
  /**
   * @param root the element that holds the charts
   * @param history what is known of the run
   * @param ask sends a request for detail: {tags, from, to} → nothing; the answer comes later
   */
  constructor(root, { history, ask, onView }) {
    this.history = history;
    this.ask = ask;
    this.onView = onView;
    this.isHidden = () => false;
    this.cursor = null;
    this.selection = null;
    this.unit = 1;
    this.view = new View(history, () => this.#viewChanged());
    this.charts = CHARTS.map((chart) => this.#make(root, chart));
    this.sizes = new ResizeObserver(() => this.redraw());
    this.sizes.observe(root);
    this.drawnAt = 0;
  }

  /** Every tag that is drawn. */
  static get tags() {
    return CHARTS.flatMap(({ lines }) => lines.map(([tag]) => tag));
  }

  translate() {
    for (const { name, title, lesson, canvas, legends } of this.charts) {
      title.textContent = word(`chart.${name}`);
      lesson.textContent = word(`lesson.chart.${name}`);
      canvas.setAttribute("aria-label", word("chart.alt", { name: word(`chart.${name}`) }));
      for (const { tag, label } of legends) label.textContent = word(`tag.${tag}`);
    }
    this.redraw();
  }

  /** Something new came: draw soon, but not for every frame. */
  update() {
    if (this.timer || document.hidden) return;
    const wait = Math.max(0, REDRAWN_EVERY - (performance.now() - this.drawnAt));
    this.timer = setTimeout(() => {
      this.timer = null;
      this.redraw();
    }, wait);
  }

  /** Draw with the next animation frame. */
  redraw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      this.#draw();
    });
  }

  /** The run is another one, or was told from its beginning. */
  begin() {
    this.#viewChanged();
  }

  /** The server's answer to a request for detail. */
  takeDetail({ id, history, span }) {
    if (id !== this.asked?.id) return;
    this.history.addDetail({ history, from: span?.[0] ?? this.asked.from, to: span?.[1] ?? this.asked.to });
    this.redraw();
  }

  #draw() {
    this.drawnAt = performance.now();
    this.unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const palette = colours();
    const view = this.view.range;
    const marks = this.#marks(view, palette);
    for (const chart of this.charts) this.#drawChart(chart, { palette, view, marks });
    this.onView(this.cursor === null ? view : null, this.cursor);
  }

  #drawChart({ canvas, axis, legends, figure }, { palette, view, marks }) {
    const lines = legends.map((legend) => this.#line(legend, { palette, view }));
    figure.classList.toggle("empty", lines.every(({ points, head }) => !points.length && !head));
    lines.forEach(({ found, head, tag }, i) => {
      const value = this.cursor !== null ? found?.[3] : head?.[1] ?? this.history.whole.get(tag)?.buckets.at(-1)?.[3];
      const text = SHARES.has(tag) ? percent(value) : number(value);
      if (legends[i].value.textContent !== text) legends[i].value.textContent = text;
    });
    drawPlot(canvas, {
      lines, view, axis, marks, cursor: this.cursor, selection: this.selection, unit: this.unit,
      label: (step) => count(step),
    });
  }

  #line({ tag, colour, dashed }, { palette, view: [from, to] }) {
    const curve = this.history.curve(tag, from, to);
    const buckets = curve?.buckets ?? [];
    const first = curve ? Math.max(0, curve.indexOf(from) - 1) : 0;
    const last = curve ? curve.indexOf(to) + 1 : 0;
    const points = buckets.slice(first, last);
    const value = to >= this.history.last ? this.history.head(tag) : null;
    return {
      tag, points, dashed, colour: palette[colour],
      head: value === null ? null : [this.history.last, value],
      found: this.cursor === null ? null : curve?.at(this.cursor) ?? null,
    };
  }

  #marks([from, to], palette) {
    const marks = new Map();
    for (const [step, kind] of this.history.marks) {
      if (step < from || step > to || this.isHidden(kind)) continue;
      const lane = laneOf({ kind });
      const place = Math.floor((PLACES * (step - from)) / (to - from || 1));
      marks.set(`${lane} ${place}`, { step, colour: palette[lane], isTall: lane === "scene" || lane === "novel" });
    }
    const drawn = [...marks.values()];
    if (drawn.length > MOST_TRIANGLES) for (const mark of drawn) mark.isThin = true;
    if (drawn.filter(({ isTall }) => isTall).length > MOST_LINES) for (const mark of drawn) mark.isTall = false;
    return drawn;
  }

  #viewChanged() {
    this.redraw();
    clearTimeout(this.asking);
    if (this.view.mode === "all") return;
    this.asking = setTimeout(() => {
      const [from, to] = this.view.range;
      this.asked = { id: `zoom-${Date.now()}`, from, to };
      this.ask({ type: "zoom", id: this.asked.id, tags: Curves.tags, from, to });
    }, DETAIL_AFTER);
  }

  #make(root, { name, axis, lines }) {
    const figure = document.createElement("figure");
    figure.className = `card chart ${name}`;
    const title = document.createElement("h3");
    const lesson = document.createElement("p");
    lesson.className = "teach";
    const list = document.createElement("ul");
    list.className = "keys";
    const legends = lines.map(([tag, colour, dashed = false]) => {
      const item = document.createElement("li");
      const swatch = document.createElement("i");
      swatch.style.borderTopColor = `var(--${colour})`;
      swatch.style.borderTopStyle = dashed ? "dashed" : "solid";
      const label = document.createElement("span");
      const value = document.createElement("b");
      item.append(swatch, label, value);
      list.append(item);
      return { tag, colour, dashed, label, value };
    });
    const canvas = document.createElement("canvas");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    figure.append(title, list, canvas, lesson);
    root.append(figure);
    listen(canvas, {
      view: this.view,
      unit: () => this.unit,
      cursor: () => this.cursor,
      onCursor: (step) => {
        this.cursor = step;
        this.redraw();
      },
      onSelect: (range) => {
        this.selection = range;
        this.redraw();
      },
    });
    return { name, axis, title, lesson, canvas, legends, figure };
  }

  /** What is shown, in words: steps and times of day, or the step under the cursor. */
  describe(view, cursor) {
    if (!this.history.last) return "";
    const at = (step) => {
      const time = this.history.timeOf(step);
      return time === null ? "" : clock(time);
    };
    if (cursor !== null) return word("view.at", { step: count(cursor), time: at(cursor) });
    if (!this.history.times.length) return word("view.frames", { from: count(view[0]), to: count(view[1]) });
    return word("view.range", { from: count(view[0]), to: count(view[1]), begin: at(view[0]), end: at(view[1]) });
  }
}
