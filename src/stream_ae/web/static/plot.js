// One chart on one canvas: a band from the smallest to the largest value, and a line for the mean.
import { colours } from "./colours.js";
import { percent, plain } from "./numbers.js";

const MARGIN = { left: 46, right: 8, top: 8, bottom: 20 };

/** Where the chart's own area lies in the canvas, in the page's pixels. */
export function area(canvas, unit) {
  const left = MARGIN.left * unit;
  const top = MARGIN.top * unit;
  return {
    left, top,
    width: canvas.clientWidth - left - MARGIN.right * unit,
    height: canvas.clientHeight - top - MARGIN.bottom * unit,
  };
}

/** The range of the y axis: all that is in view, with some air; a log axis for errors. */
function rangeOf(lines, { log, floor = null, ceiling = null }) {
  let low = Infinity;
  let high = -Infinity;
  for (const { points, head } of lines) {
    const ends = head ? [[head[0], head[1], head[1]]] : [];
    for (const [, min, max] of [...points, ...ends]) {
      if (log && !(min > 0)) continue;
      if (min < low) low = min;
      if (max > high) high = max;
    }
  }
  if (!(high >= low)) return log ? [1e-4, 1e-1] : [0, 1];
  if (log) return [low / 1.25, high * 1.25 > low * 2 ? high * 1.25 : low * 2];
  if (floor !== null) low = Math.min(floor, low);
  const air = 0.06 * (high - low) || 0.05 * Math.abs(high) || 0.01;
  return [low === floor ? low : low - air, ceiling !== null ? Math.max(ceiling, high) : high + air];
}

function ticksOf([low, high], log) {
  if (log) {
    const decades = [];
    const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
    const factors = last - first > 2 ? [1] : last - first > 1 ? [1, 3] : [1, 2, 5];
    for (let power = first; power <= last; power += 1) {
      for (const factor of factors) decades.push(factor * 10 ** power);
    }
    return decades.filter((value) => value >= low && value <= high);
  }
  return steps(low, high, 4);
}

/** Round values between two, about as many as asked for. */
export function steps(low, high, about) {
  const raw = (high - low) / about || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const size = [1, 2, 5, 10].find((factor) => factor * power >= raw) * power;
  const values = [];
  for (let i = Math.ceil(low / size - 1e-9); i * size <= high + 1e-9 * size; i += 1) values.push(i * size || 0);
  return values;
}

/**
 * Draw a chart.
 * @param canvas where
 * @param lines [{points: [[step, min, max, mean]…], colour, dashed, head: [step, value] | null}]
 * @param view [from, to] in steps
 * @param axis {log, share, floor, ceiling}
 * @param marks [{step, colour, isTall, isThin}] of events
 * @param cursor a step, or null
 * @param selection [from, to] in steps, or null
 */
export function drawPlot(canvas, { lines, view, axis, marks, cursor, selection, unit, label }) {
  const sharp = Math.min(devicePixelRatio || 1, 2);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width || !height) return;
  const [wide, high] = [Math.round(width * sharp), Math.round(height * sharp)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext("2d");
  context.setTransform(sharp, 0, 0, sharp, 0, 0);
  context.clearRect(0, 0, width, height);
  const box = area(canvas, unit);
  const range = rangeOf(lines, axis);
  const [low, up] = axis.log ? range.map(Math.log10) : range;
  const x = (step) => box.left + ((step - view[0]) / (view[1] - view[0] || 1)) * box.width;
  const y = (value) => {
    const level = axis.log ? Math.log10(Math.max(value, 1e-12)) : value;
    return box.top + (1 - (level - low) / (up - low || 1)) * box.height;
  };
  const frame = { context, box, x, y, unit };
  drawGrid(frame, { range, axis, view, label });
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  for (const mark of marks) drawMark(frame, mark);
  for (const line of lines) drawLine(frame, line);
  if (selection) drawSelection(frame, selection);
  context.restore();
  if (cursor !== null) drawCursor(frame, { cursor, lines });
}

function drawGrid({ context, box, x, y, unit }, { range, axis, view, label }) {
  const { ink, line } = colours();
  context.font = `${11 * unit}px system-ui, sans-serif`;
  context.fillStyle = ink;
  context.strokeStyle = line;
  context.lineWidth = 1;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of ticksOf(range, axis.log)) {
    const at = Math.round(y(value)) + 0.5;
    context.beginPath();
    context.moveTo(box.left, at);
    context.lineTo(box.left + box.width, at);
    context.stroke();
    const text = axis.share ? percent(value, range[1] - range[0] < 0.04 ? 1 : 0) : plain(value);
    context.fillText(text, box.left - 6 * unit, at);
  }
  context.textBaseline = "top";
  for (const step of steps(view[0], view[1], Math.max(2, box.width / (90 * unit)))) {
    const at = x(step);
    const text = label(step);
    const half = context.measureText(text).width / 2;
    context.textAlign = "center";
    const placed = Math.min(Math.max(at, box.left + half - 8 * unit), box.left + box.width - half + 4 * unit);
    context.fillText(text, placed, box.top + box.height + 5 * unit);
  }
}

function drawLine({ context, x, y, unit }, { points, colour, dashed, head }) {
  if (!points.length && !head) return;
  context.fillStyle = colour;
  context.globalAlpha = 0.2;
  context.beginPath();
  points.forEach(([step, , max], i) => (i ? context.lineTo(x(step), y(max)) : context.moveTo(x(step), y(max))));
  for (let i = points.length - 1; i >= 0; i -= 1) context.lineTo(x(points[i][0]), y(points[i][1]));
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = colour;
  context.lineWidth = 1.7 * unit;
  context.lineJoin = "round";
  context.setLineDash(dashed ? [5 * unit, 4 * unit] : []);
  context.beginPath();
  points.forEach(([step, , , mean], i) => (i ? context.lineTo(x(step), y(mean)) : context.moveTo(x(step), y(mean))));
  if (head) context.lineTo(x(head[0]), y(head[1]));
  context.stroke();
  context.setLineDash([]);
  const end = head ?? [points.at(-1)[0], points.at(-1)[3]];
  if (!head && points.length > 1) return;
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x(end[0]), y(end[1]), 2.6 * unit, 0, 2 * Math.PI);
  context.fill();
}

function drawMark({ context, box, x, unit }, { step, colour, isTall, isThin }) {
  const at = x(step);
  context.fillStyle = colour;
  if (isTall) {
    context.globalAlpha = 0.45;
    context.fillRect(at - 0.5, box.top, 1, box.height);
    context.globalAlpha = 1;
  }
  if (isThin) {
    context.fillRect(at - 0.5, box.top + box.height - 5 * unit, 1.2, 5 * unit);
    return;
  }
  context.beginPath();
  context.moveTo(at - 4 * unit, box.top + box.height);
  context.lineTo(at + 4 * unit, box.top + box.height);
  context.lineTo(at, box.top + box.height - 6 * unit);
  context.fill();
}

function drawSelection({ context, box, x }, [from, to]) {
  context.fillStyle = colours().blue;
  context.globalAlpha = 0.18;
  context.fillRect(x(from), box.top, x(to) - x(from), box.height);
  context.globalAlpha = 1;
}

function drawCursor({ context, box, x, y, unit }, { cursor, lines }) {
  const { strong, card } = colours();
  const at = Math.round(x(cursor)) + 0.5;
  if (at < box.left || at > box.left + box.width + 1) return;
  context.strokeStyle = strong;
  context.globalAlpha = 0.5;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(at, box.top);
  context.lineTo(at, box.top + box.height);
  context.stroke();
  context.globalAlpha = 1;
  for (const { colour, found } of lines) {
    if (!found) continue;
    context.fillStyle = colour;
    context.strokeStyle = card;
    context.lineWidth = 1.5 * unit;
    context.beginPath();
    context.arc(x(found[0]), y(found[3]), 3.5 * unit, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}
