// Which part of the run the curves show, and how mouse, wheel, touch and keyboard change it.
import { area } from "./plot.js";

const RECENT = 1000; // frames of the shorter view
const CLOSEST = 20; // frames; closer than that there is nothing more to see

/** A range of steps shared by all charts: the whole run, its last part, or a part of it that stays. */
export class View {
  constructor(history, onChange) {
    this.history = history;
    this.onChange = onChange;
    this.mode = "all"; // all, recent, fixed
    this.fixed = null;
  }

  get range() {
    const { first, last } = this.history;
    const end = Math.max(last, first + CLOSEST);
    if (this.mode === "fixed") return this.fixed;
    return this.mode === "recent" ? [Math.max(first, end - RECENT), end] : [first, end];
  }

  set(mode) {
    this.mode = mode;
    this.onChange();
  }

  /** Show steps `from` to `to`, as far as the run has them. */
  show(from, to) {
    const { first, last } = this.history;
    const length = Math.max(CLOSEST, to - from);
    if (length >= last - first) {
      this.set("all");
      return;
    }
    const begin = Math.min(Math.max(first, from), Math.max(first, last - length));
    this.fixed = [Math.round(begin), Math.round(begin + length)];
    this.set("fixed");
  }

  /** Show `factor` times as much, around a step that keeps its place. */
  zoom(factor, around = null) {
    const [from, to] = this.range;
    const centre = around ?? (this.mode === "fixed" ? (from + to) / 2 : to);
    this.show(centre - factor * (centre - from), centre + factor * (to - centre));
  }

  /** Move by a share of what is shown. */
  pan(share) {
    const [from, to] = this.range;
    this.show(from + share * (to - from), to + share * (to - from));
  }
}

/**
 * Let a chart's canvas be used.
 * @param canvas the chart
 * @param view which part of the run is shown
 * @param unit how large the page's type is, 1 on a desk
 * @param onCursor told the step under the pointer, or null
 * @param onSelect told the part that is being marked, or null
 */
export function listen(canvas, { view, unit, onCursor, onSelect, cursor }) {
  let start = null;
  const stepAt = (event) => {
    const box = area(canvas, unit());
    const share = (event.clientX - canvas.getBoundingClientRect().left - box.left) / box.width;
    const [from, to] = view.range;
    return from + Math.min(1, Math.max(0, share)) * (to - from);
  };
  canvas.addEventListener("pointermove", (event) => {
    const step = stepAt(event);
    onCursor(Math.round(step));
    if (start !== null) onSelect([Math.min(start, step), Math.max(start, step)]);
  });
  canvas.addEventListener("pointerleave", () => {
    if (start === null) onCursor(null);
  });
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (event.pointerType === "touch") return; // a finger scrolls the page; the buttons zoom
    start = stepAt(event);
    canvas.setPointerCapture(event.pointerId);
  });
  const end = (event) => {
    if (start === null) return;
    const [from, to] = [start, stepAt(event)].sort((a, b) => a - b);
    start = null;
    onSelect(null);
    const [low, high] = view.range;
    if (event.type === "pointerup" && to - from > 0.02 * (high - low)) view.show(from, to);
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener("dblclick", () => view.set("all"));
  canvas.addEventListener("wheel", (event) => {
    // The wheel alone scrolls the page, unless the chart has been clicked.
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== canvas) return;
    event.preventDefault();
    view.zoom(event.deltaY > 0 ? 1.25 : 0.8, stepAt(event));
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (pressed(event, { view, cursor, onCursor })) {
      event.preventDefault();
      event.stopPropagation();
    }
  });
  canvas.addEventListener("blur", () => onCursor(null));
}

function pressed({ key, shiftKey }, { view, cursor, onCursor }) {
  const [from, to] = view.range;
  const at = cursor() ?? to;
  const move = Math.max(1, Math.round((to - from) / 100));
  const clamp = (step) => Math.min(to, Math.max(from, step));
  if (key === "+" || key === "=") view.zoom(0.5, cursor());
  else if (key === "-") view.zoom(2, cursor());
  else if (key === "0" || key === "Escape") view.set("all");
  else if (key === "ArrowLeft" && shiftKey) view.pan(-0.25);
  else if (key === "ArrowRight" && shiftKey) view.pan(0.25);
  else if (key === "ArrowLeft") onCursor(clamp(at - move));
  else if (key === "ArrowRight") onCursor(clamp(at + move));
  else if (key === "Home") onCursor(Math.round(from));
  else if (key === "End") onCursor(Math.round(to));
  else return false;
  return true;
}
