// The run's curves as the page keeps them: a few hundred buckets a tag, however long the run is.

const MOST = 600; // buckets of one tag; twice as wide ones follow
const MOST_MARKS = 2000; // events that are marked
const FULL = 0.75; // of that may be left after some were merged
const FEWEST = 8; // frames whose mean is worth drawing

/** Buckets of one tag: [last step, smallest, largest, mean, steps]. */
export class Series {
  constructor(buckets = [], first = 0) {
    this.buckets = [];
    this.width = 0; // most steps of a bucket that was merged
    let before = first;
    for (const [step, min, max, mean] of buckets) {
      this.buckets.push([step, min, max, mean, Math.max(1, step - before)]);
      before = step;
    }
    this.#thin();
  }

  /** Add the mean of the steps since the last bucket. */
  add(step, value) {
    const last = this.buckets.at(-1);
    if (last && step <= last[0]) return;
    this.buckets.push([step, value, value, value, Math.max(1, step - (last?.[0] ?? 0))]);
    this.#thin();
  }

  /** The bucket that a step lies in, or null. */
  at(step) {
    const index = this.indexOf(step);
    const bucket = this.buckets[index];
    return bucket && step > bucket[0] - 2 * bucket[4] - 1 ? bucket : null;
  }

  /** Index of the first bucket that ends at a step or after it. */
  indexOf(step) {
    let low = 0;
    let high = this.buckets.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.buckets[middle][0] < step) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Merge the narrowest, so that in the end all are about as wide, however long the run is. */
  #thin() {
    if (this.buckets.length <= MOST) return;
    this.width ||= 2 * Math.min(...this.buckets.map((bucket) => bucket[4]));
    this.#merge();
    while (this.buckets.length > FULL * MOST) {
      this.width *= 2;
      this.#merge();
    }
  }

  #merge() {
    const merged = [];
    for (const bucket of this.buckets) {
      const last = merged.at(-1);
      if (last && last[4] + bucket[4] <= this.width) merged[merged.length - 1] = together(last, bucket);
      else merged.push(bucket);
    }
    this.buckets = merged;
  }
}

function together(a, b) {
  const steps = a[4] + b[4];
  return [b[0], Math.min(a[1], b[1]), Math.max(a[2], b[2]), (a[3] * a[4] + b[3] * b[4]) / steps, steps];
}

/** Every tag's curve, the mean of the frames since the last window, and detail where it was asked for. */
export class History {
  constructor() {
    this.clear();
  }

  clear() {
    this.whole = new Map();
    this.detail = null; // {from, to, curves}
    this.recent = new Map(); // tag: [sum, frames] since the last window
    this.times = []; // [step, seconds since 1970]
    this.gap = 50; // steps between two of them, once some were left out
    this.marks = []; // [step, kind] of events, also of those that are no longer listed
    this.first = 1;
    this.last = 0; // newest frame
    this.lastWindow = 0; // newest step that a window ends at
  }

  /** Begin with what the server says of the run so far. */
  begin({ history, span, times, marks, run }) {
    this.clear();
    [this.first, this.last] = [Math.max(1, span?.[0] ?? 1), span?.[1] ?? 0];
    this.lastWindow = this.last;
    for (const [tag, buckets] of Object.entries(history ?? {})) this.whole.set(tag, new Series(buckets, this.first - 1));
    this.times = times?.length ? times : [[0, run.began]];
    this.marks = marks ?? [];
  }

  /** A window's means. */
  addWindow({ step, time, values }) {
    for (const [tag, value] of Object.entries(values)) {
      if (!this.whole.has(tag)) this.whole.set(tag, new Series([], step - 50));
      this.whole.get(tag).add(step, value);
      if (this.#isCurrent) this.detail.curves.get(tag)?.add(step, value);
    }
    if (this.#isCurrent) this.detail.to = Math.max(step, this.detail.to);
    this.lastWindow = step;
    this.recent.clear();
    this.last = Math.max(this.last, step);
    this.addTime(step, time);
  }

  /** Whether the detail goes up to the newest window, and so goes on with the next. */
  get #isCurrent() {
    return this.detail !== null && this.detail.to >= this.lastWindow;
  }

  addTime(step, time) {
    if (step <= (this.times.at(-1)?.[0] ?? 0)) return;
    this.times.push([step, time]);
    if (this.times.length <= MOST) return;
    do {
      const kept = [];
      for (const point of this.times) {
        if (!kept.length || point === this.times.at(-1) || point[0] - kept.at(-1)[0] >= this.gap) kept.push(point);
      }
      this.times = kept;
      if (kept.length > FULL * MOST) this.gap *= 2;
    } while (this.times.length > FULL * MOST);
  }

  addMark({ step, kind }) {
    this.marks.push([step, kind]);
    if (this.marks.length > MOST_MARKS) this.marks.splice(0, MOST_MARKS / 2);
  }

  /** One frame's numbers, which the next window will hold. */
  addFrame(step, values) {
    this.last = Math.max(this.last, step);
    for (const [tag, value] of Object.entries(values)) {
      const recent = this.recent.get(tag) ?? [0, 0];
      this.recent.set(tag, [recent[0] + value, recent[1] + 1]);
    }
  }

  /** Mean of the frames since the last window, or null while they are few. */
  head(tag) {
    const recent = this.recent.get(tag);
    return recent && recent[1] >= FEWEST ? recent[0] / recent[1] : null;
  }

  /** The finest curve that is known for steps `from` to `to`. */
  curve(tag, from, to) {
    const detail = this.detail;
    const fine = detail && from >= detail.from && (to <= detail.to || this.#isCurrent);
    return (fine && detail.curves.get(tag)) || this.whole.get(tag) || null;
  }

  addDetail({ history, from, to }) {
    const curves = new Map(Object.entries(history).map(([tag, buckets]) => [tag, new Series(buckets, from - 1)]));
    this.detail = { from, to, curves };
  }

  /** When a step was, in seconds since 1970, or null; between two known ones on a straight line. */
  timeOf(step) {
    return between(this.times, step, 0, 1);
  }

  /** Which step was at a time. */
  stepOf(time) {
    return between(this.times, time, 1, 0);
  }
}

function between(points, x, from, to) {
  if (!points.length) return null;
  if (x <= points[0][from]) return points[0][to];
  for (let i = 1; i < points.length; i += 1) {
    if (points[i][from] >= x) {
      const [a, b] = [points[i - 1], points[i]];
      return a[to] + ((x - a[from]) / (b[from] - a[from] || 1)) * (b[to] - a[to]);
    }
  }
  return points.at(-1)[to];
}
