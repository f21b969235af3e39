// The run in a few large numbers: the last window of frames, and beside what it is to be compared.
import { count, fixed, number, percent, rarity } from "./numbers.js";
import { word } from "./words.js";

const WINDOW = 50; // frames in a window of the journal
const REDRAWN_EVERY = 500; // ms; faster than that nobody reads

const TILES = [
  ["mse", (of) => number(of("loss/mse")), (of) => word("tile.mse.note", { copy: number(of("loss/copy_last_frame")) })],
  ["copy", (of) => times(of("loss/mse"), of("loss/copy_last_frame")), () => word("tile.copy.note")],
  ["foreground", (of) => percent(of("change/foreground")),
    (of) => word("tile.foreground.note", { share: percent(of("change/ratio")) })],
  ["novelty", (of, now) => fixed(now?.novelty ?? of("change/novelty"), 2),
    (of, now) => rarity(now?.novelty ?? of("change/novelty"))],
  ["step", (of) => number(of("optim/effective_step"), 2),
    (of) => word("tile.step.note", { share: percent(of("optim/overshoot")) })],
  ["frames", (of, now, last) => count(last), (of, now) => (now ? inView(now.tracks.length) : word("tile.frames.note"))],
];

const inView = (things) => word(things === 1 ? "in-view.one" : "in-view.many", { count: things });

function times(mse, copy) {
  return copy > 0 && mse >= 0 ? `${number(mse / copy, 2)} ×` : "–";
}

export class Tiles {
  constructor(root, history) {
    this.history = history;
    this.now = null;
    this.drawnAt = -Infinity;
    this.tiles = TILES.map(([name, value, note]) => {
      const tile = document.createElement("div");
      tile.className = name;
      const term = document.createElement("dt");
      const large = document.createElement("dd");
      const small = document.createElement("dd");
      small.className = "note";
      tile.append(term, large, small);
      root.append(tile);
      return { name, value, note, term, large, small };
    });
  }

  translate() {
    for (const { name, term } of this.tiles) term.textContent = word(`tile.${name}`, { count: WINDOW });
    this.#write();
  }

  /** A frame was drawn, or (null) the window or the run is another one. */
  update(header) {
    this.now = header ?? this.now;
    const now = performance.now();
    if (header && now - this.drawnAt < REDRAWN_EVERY) return;
    this.#write();
  }

  #write() {
    this.drawnAt = performance.now();
    const of = (tag) => this.history.whole.get(tag)?.buckets.at(-1)?.[3] ?? this.history.head(tag) ?? this.now?.scalars[tag];
    for (const { value, note, large, small } of this.tiles) {
      large.textContent = value(of, this.now, this.history.last);
      small.textContent = note(of, this.now);
    }
  }
}
