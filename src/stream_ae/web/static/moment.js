// One event's moment: the panels of the frame that shows it best, and the events before and after.
import { details } from "./events.js";
import { headline } from "./kinds.js";
import { count, duration, percent, streamTime } from "./numbers.js";
import { word } from "./words.js";

const PANELS = ["frame", "reconstruction", "error", "foreground"];

export class Moment {
  /**
   * @param dialog the element
   * @param events the list, for the one before and the one after
   * @param onFalseAlarm told an event that was none; null where that is not allowed
   */
  constructor(dialog, { events }) {
    this.dialog = dialog;
    this.events = events;
    this.onFalseAlarm = null;
    this.aspect = null; // width over height of what the camera sees; the pictures' own where it is not known
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") this.#move(-1);
      if (event.key === "ArrowRight") this.#move(1);
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // beside it
    });
  }

  open(id) {
    this.id = id;
    this.write();
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** Write it again: another event, another language, or the event has changed. */
  write() {
    const event = this.events.find(this.id);
    if (!event) return;
    const focused = this.dialog.contains(document.activeElement) ? document.activeElement.dataset.name : null;
    const title = document.createElement("h2");
    title.id = "moment-title";
    title.textContent = headline(event);
    const when = document.createElement("p");
    when.textContent = [...details(event), ...inTheStream(event)].join(" · ");
    const said = document.createElement("p");
    said.className = "quiet";
    said.textContent = event.scene === false ? event.text ?? "" : ""; // else all of it stands above
    const about = document.createElement("div");
    about.className = "about";
    const text = about.appendChild(document.createElement("div"));
    text.append(title, when, said);
    about.append(...this.#peak(event));
    this.dialog.replaceChildren(this.#buttons(event), about, this.#heading(event), this.#pictures(event));
    if (focused) this.dialog.querySelector(`[data-name="${focused}"]`)?.focus();
  }

  #buttons(event) {
    const row = document.createElement("div");
    row.className = "bar";
    const earlier = this.#button("earlier", () => this.#move(-1));
    const later = this.#button("later", () => this.#move(1));
    earlier.disabled = !this.#neighbour(-1);
    later.disabled = !this.#neighbour(1);
    const gap = document.createElement("span");
    gap.className = "gap";
    row.append(earlier, later, gap);
    if (this.onFalseAlarm && event.box) {
      const wrong = this.#button("false-alarm", () => this.onFalseAlarm(event.id));
      wrong.disabled = Boolean(event.false_alarm);
      row.append(wrong);
    }
    row.append(this.#button("close", () => this.dialog.close()));
    return row;
  }

  #button(name, onClick) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.name = name;
    button.textContent = word(name);
    button.addEventListener("click", onClick);
    return button;
  }

  /** The picture of its peak, which has its box. */
  #peak(event) {
    if (!event.picture || this.events.private) return [];
    const picture = figure(event.picture, { key: "moment.peak", box: null });
    picture.className = "peak";
    return [picture];
  }

  /** Which frame the panels are of, where it is not the peak. */
  #heading(event) {
    const told = document.createElement("h3");
    told.textContent = word("moment.told", { number: count(event.moment) });
    told.hidden = !Number.isInteger(event.moment) || event.moment === event.peak;
    return told;
  }

  #pictures(event) {
    const grid = document.createElement("div");
    grid.className = "moment-panels";
    if (this.events.private) grid.append(note("private.moment"));
    else if (Number.isInteger(event.moment)) {
      for (const name of PANELS) {
        // The box is that of the peak, and would be beside the thing in another frame.
        const isBoxed = event.moment === event.peak && (name === "frame" || name === "foreground");
        const box = isBoxed ? event.box : null;
        grid.append(figure(`moments/${event.moment}/${name}.jpg`, { key: `panel.${name}`, box, aspect: this.aspect }));
      }
    } else if (!event.picture) grid.append(note("moment.none"));
    return grid;
  }

  #neighbour(by) {
    const shown = this.events.shown;
    return shown[shown.findIndex(({ id }) => id === this.id) + by] ?? null;
  }

  #move(by) {
    const next = this.#neighbour(by);
    if (next) this.open(next.id);
  }
}

/** How sure it is, which frame it is, when that was by the stream's own clock, and how long it lasted. */
function inTheStream({ step, peak, peak_time: time, start_time: start, end_time: end, kind, score }) {
  const parts = kind !== "novel" && score < 1 ? [word("sure", { share: percent(score, 0) })] : [];
  parts.push(word("frame.number", { number: count(peak || step) }));
  if (peak) parts.push(word("stream-time", { time: streamTime(time) }));
  if (end > start) parts.push(word("lasted", { time: duration(end - start) }));
  return parts;
}

/** A picture, with a box around what the event is about where its own file has none. */
function figure(address, { key, box, aspect = null }) {
  const made = document.createElement("figure");
  const picture = document.createElement("div");
  picture.className = "boxed";
  const image = document.createElement("img");
  Object.assign(image, { src: address, alt: word(key), decoding: "async" });
  const caption = document.createElement("figcaption");
  caption.textContent = word(key);
  image.addEventListener("error", () => picture.replaceWith(note("moment.gone")));
  if (aspect) image.style.aspectRatio = String(aspect);
  picture.append(image);
  if (box) {
    const mark = picture.appendChild(document.createElement("span"));
    const [left, top, width, height] = box.map((share) => `${100 * share}%`);
    Object.assign(mark.style, { left, top, width, height });
  }
  made.append(picture, caption);
  return made;
}

function note(key) {
  const text = document.createElement("p");
  text.className = "quiet";
  text.textContent = word(key);
  return text;
}
