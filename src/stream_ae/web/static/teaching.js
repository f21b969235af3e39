// The first minute: what each picture and curve means, and what the network just did, in a sentence.
import { count, number, percent, rarity } from "./numbers.js";
import { word } from "./words.js";

const TOLD_EVERY = 1500; // ms; a sentence that changes with every frame cannot be read

export class Teaching {
  /** @param controls what may be done: pace and stepping, where they are allowed */
  constructor({ body, lesson, button, controls }) {
    Object.assign(this, { body, lesson, button, controls });
    this.on = location.hash === "#explain";
    this.toldAt = 0;
    this.title = lesson.appendChild(document.createElement("h3"));
    this.intro = lesson.appendChild(document.createElement("p"));
    this.told = lesson.appendChild(document.createElement("p"));
    this.told.className = "told";
    const row = lesson.appendChild(document.createElement("div"));
    row.className = "bar";
    this.slow = row.appendChild(document.createElement("button"));
    this.slow.type = "button";
    this.slow.addEventListener("click", () => {
      controls.setPace(controls.pace === "source" ? "free" : "source");
      this.write();
    });
    this.how = row.appendChild(document.createElement("span"));
    this.how.className = "quiet";
    button.addEventListener("click", () => this.set(!this.on));
  }

  set(on) {
    this.on = on;
    this.write();
  }

  write() {
    this.body.classList.toggle("teaching", this.on);
    this.button.setAttribute("aria-pressed", String(this.on));
    this.lesson.hidden = !this.on;
    this.title.textContent = word("lesson.title");
    this.intro.textContent = word("lesson.intro");
    const { steps, pace } = this.controls;
    this.slow.hidden = !steps;
    this.slow.textContent = word(pace === "source" ? "pace.faster" : "pace.slower");
    this.how.textContent = word(steps ? "lesson.keys" : "lesson.keys.pause");
    if (this.header) this.#tell();
  }

  /** A frame was drawn. */
  show(header, { at_once: atOnce = false } = {}) {
    this.header = header;
    const now = performance.now();
    if (!this.on || (!atOnce && now - this.toldAt < TOLD_EVERY)) return;
    this.toldAt = now;
    this.#tell();
  }

  #tell() {
    const { scalars: of, number: frame, foreground, novelty } = this.header;
    const [mse, copy] = [of["loss/mse"], of["loss/copy_last_frame"]];
    const sentences = [word("told.error", { frame: count(frame), mse: number(mse) })];
    if (copy > 0 && mse > 0) {
      const better = copy >= mse;
      const times = number(better ? copy / mse : mse / copy, 2);
      sentences.push(word(better ? "told.better" : "told.worse", { times }));
    }
    sentences.push(word((of["optim/updates"] ?? 0) > 0 ? "told.learned" : "told.skipped"));
    if (foreground > 0) sentences.push(word("told.foreground", { share: percent(foreground) }));
    if (novelty >= 0.9) sentences.push(word("told.novel", { odds: rarity(novelty) }));
    this.told.textContent = sentences.join(word("between-sentences"));
  }
}
