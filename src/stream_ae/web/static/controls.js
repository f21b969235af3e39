// What may be done to the run, where the run allows it: each is a command, and each has an answer.
import { fixed } from "./numbers.js";
import { word } from "./words.js";

const WAIT = 5000; // ms until a command counts as not answered
const LEARNING = { pause: "paused", resume: "awake" }; // what a command leads to
const SETTLED = 1500; // ms until what the server says includes a command

export class Controls {
  /**
   * @param root the element that holds them
   * @param send sends a message to the server
   * @param announcer shows the answers
   */
  constructor(root, { send, announcer }) {
    Object.assign(this, { root, send, announcer });
    this.allowed = false;
    this.live = true;
    this.held = false;
    this.askedAt = -Infinity;
    this.learning = "awake";
    this.pace = "free";
    this.novel = 0.99;
    this.next = 1;
    this.waiting = new Map();
    this.buttons = new Map();
    this.#build();
  }

  begin(run) {
    this.allowed = Boolean(run.controls) && !run.ended;
    this.live = run.live !== false; // not known before the first frame
    this.frozen = Boolean(run.frozen);
    if (run.threshold) {
      this.novel = run.threshold;
      this.novelSlider.value = -Math.log2(1 - this.novel);
    }
    if (run.pace) this.pace = run.pace;
    this.write();
  }

  setHealth({ state, learning }) {
    const held = state === "held";
    const isFresh = performance.now() - this.askedAt < SETTLED; // it may be from before the command
    const now = isFresh ? this.held : held;
    if (now === this.held && learning === this.learning) return;
    this.held = now;
    this.learning = learning;
    this.write();
  }

  /** Whether a recorded stream may be stopped and stepped through. */
  get steps() {
    return this.allowed && !this.live;
  }

  command(name, values = {}) {
    if (!this.allowed) return;
    const id = `command-${this.next++}`;
    const timer = setTimeout(() => this.answer({ id, ok: false, text: word("no-answer") }), WAIT);
    this.waiting.set(id, { name, timer });
    this.send({ type: "command", id, name, ...values });
  }

  answer({ id, ok, text }) {
    const asked = this.waiting.get(id);
    if (!asked) return;
    clearTimeout(asked.timer);
    this.waiting.delete(id);
    if (ok && asked.name in LEARNING) {
      this.learning = LEARNING[asked.name];
      this.write();
    }
    if (["hold", "go", "next"].includes(asked.name) && ok) return; // what happens shows it
    this.announcer.show(text || word(ok ? "done" : "failed"), { failed: !ok });
  }

  write() {
    const paused = this.learning === "paused";
    const set = (name, { text, hidden = false, pressed = null }) => {
      const button = this.buttons.get(name);
      button.textContent = text;
      button.hidden = hidden;
      if (pressed !== null) button.setAttribute("aria-pressed", String(pressed));
    };
    set("learning", { text: word(paused ? "resume-learning" : "pause-learning"), pressed: paused, hidden: this.frozen });
    set("checkpoint", { text: word("checkpoint") });
    set("forget", { text: word("forget") });
    set("hold", { text: word(this.held ? "go" : "hold"), pressed: this.held, hidden: !this.steps });
    set("step", { text: word("step"), hidden: !this.steps });
    this.paceRow.hidden = !this.steps;
    this.paceLabel.textContent = word("pace");
    for (const option of this.paceChoice.options) option.textContent = word(`pace.${option.value}`);
    this.paceChoice.value = this.pace;
    this.novelLabel.textContent = word("threshold");
    this.#writeNovel();
  }

  #build() {
    const row = (name, onClick) => {
      const button = document.createElement("button");
      button.type = "button";
      button.addEventListener("click", onClick);
      this.buttons.set(name, button);
      return button;
    };
    const buttons = document.createElement("div");
    buttons.className = "bar";
    buttons.append(
      row("learning", () => this.command(this.learning === "paused" ? "resume" : "pause")),
      row("checkpoint", () => this.command("checkpoint")),
      row("forget", () => {
        if (confirm(word("forget.sure"))) this.command("forget");
      }),
      row("hold", () => this.hold(!this.held)),
      row("step", () => this.step()),
    );
    this.root.append(buttons, this.#buildPace(), this.#buildThreshold());
  }

  hold(held) {
    this.command(held ? "hold" : "go");
    this.held = held;
    this.askedAt = performance.now();
    this.write();
  }

  /** Let one frame pass; a key that is held down waits for each. */
  step() {
    if ([...this.waiting.values()].some(({ name }) => name === "next")) return;
    if (!this.held) this.hold(true);
    this.command("next");
  }

  setPace(value) {
    this.pace = value;
    this.command("pace", { value });
    this.write();
  }

  #buildPace() {
    this.paceRow = document.createElement("label");
    this.paceRow.className = "choice";
    this.paceLabel = document.createElement("span");
    this.paceChoice = document.createElement("select");
    this.paceChoice.append(new Option("", "free"), new Option("", "source"));
    this.paceChoice.addEventListener("change", () => this.setPace(this.paceChoice.value));
    this.paceRow.append(this.paceLabel, this.paceChoice);
    return this.paceRow;
  }

  #buildThreshold() {
    const label = document.createElement("label");
    label.className = "threshold";
    this.novelLabel = document.createElement("span");
    this.novelText = document.createElement("output");
    this.novelSlider = document.createElement("input");
    // In steps of equal odds: from 1 in 2 to 1 in 10,000.
    Object.assign(this.novelSlider, { type: "range", min: 1, max: 13.28, step: 0.01, value: -Math.log2(1 - this.novel) });
    this.novelSlider.addEventListener("input", () => this.#writeNovel());
    this.novelSlider.addEventListener("change", () => {
      this.novel = this.#chosen;
      this.command("threshold", { what: "novel", value: this.novel });
    });
    label.append(this.novelLabel, this.novelText, this.novelSlider);
    return label;
  }

  get #chosen() {
    return Math.min(0.9999, Math.max(0.5, Number((1 - 2 ** -this.novelSlider.value).toFixed(4))));
  }

  #writeNovel() {
    const value = this.#chosen;
    const odds = 1 / (1 - value);
    this.novelText.textContent = word("threshold.is", { value: fixed(value, 4), odds: Math.round(odds) });
    this.novelSlider.setAttribute("aria-valuetext", this.novelText.textContent);
  }
}
