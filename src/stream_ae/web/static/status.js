// The line at the top: what is watched, whether it is live, and what is wrong if it is not.
import { clock, count, duration, fixed } from "./numbers.js";
import { has, word } from "./words.js";

const OLD = 2; // seconds after which a live picture is said to be old

export class Status {
  /** @param stalled the word for what has told nothing for a while */
  constructor({ body, source, facts, state, text, board, notice, privateNotice, onRetry, onState, stalled = "stalled" }) {
    Object.assign(this, { body, source, facts, state, text, board, notice, privateNotice, onRetry, onState, stalled });
    this.link = "connecting";
    this.reason = "";
    this.run = null;
    this.health = null;
    this.healthAt = 0; // when it came, in ms
    [this.message, this.button] = notice.children;
    this.button.addEventListener("click", () => this.onRetry());
  }

  begin(run) {
    this.run = run;
    this.write();
  }

  setLink({ state, reason }, retryAt) {
    Object.assign(this, { link: state, reason, retryAt });
    this.write();
  }

  setHealth(health) {
    this.health = health;
    this.healthAt = Date.now();
    this.write();
  }

  /** What the stream does: the server's word for it, or that nothing is known any more. */
  get stream() {
    if (this.link !== "open") return this.link;
    if (this.run?.ended) return "ended";
    return this.health?.state ?? "connecting";
  }

  write() {
    const state = this.stream;
    const { health } = this;
    this.body.dataset.link = this.link;
    this.body.dataset.stream = state;
    this.state.dataset.state = state;
    const parts = [word(has(`state.${state}`) ? `state.${state}` : "state.unknown")];
    if (state === "live" && health) {
      parts.push(word("fps.is", { value: fixed(health.fps, health.fps < 10 ? 1 : 0) }));
      if (health.behind > OLD) parts.push(word("behind.is", { time: duration(health.behind) }));
      if (health.learning !== "awake") parts.push(word(`learning.${health.learning}`));
    }
    set(this.text, parts.join(" · "));
    this.#facts();
    this.#notice(state);
    if (state !== this.told) this.onState(this.message.textContent || parts[0]);
    this.told = state;
  }

  #facts() {
    const { run } = this;
    if (!run) return;
    set(this.source, run.title || run.source);
    document.title = `${run.title || run.source} · stream-ae`;
    const facts = [word("began", { time: clock(run.began, false) })];
    if (run.resumed_at) facts.push(word("resumed", { step: count(run.resumed_at) }));
    if (run.frozen) facts.push(word("learning.frozen"));
    if (run.parameters) facts.push(word("parameters", { count: count(run.parameters) }));
    if (run.optimizer) facts.push(typeof run.optimizer === "string" ? run.optimizer : run.optimizer.name ?? "");
    if (run.device) facts.push(run.threads ? word("device", { device: run.device, threads: count(run.threads) }) : run.device);
    set(this.facts, facts.filter(Boolean).join(" · "));
    this.board.hidden = !canBeReached(run.board);
    if (!this.board.hidden) this.board.href = run.board;
    this.privateNotice.hidden = !run.private;
    this.body.classList.toggle("private", Boolean(run.private));
  }

  #notice(state) {
    const old = this.healthAt ? duration((Date.now() - this.healthAt) / 1000) : null;
    let text = "";
    let button = "";
    if (state === "refused") [text, button] = [word("refused", { reason: this.reason || word("refused.token") }), "reload"];
    else if (state === "lost" && this.link === "lost") {
      const wait = Math.max(0, Math.ceil((this.retryAt - Date.now()) / 1000));
      text = word(old ? "lost" : "lost.never", { wait, old });
      button = "retry";
    } else if (state === "lost") text = word("source-lost");
    else if (state === "stalled") text = word(this.stalled, { time: duration(this.health.behind) });
    else if (state === "ended") text = word("ended");
    this.notice.hidden = !text;
    this.notice.classList.toggle("calm", state === "ended");
    set(this.message, text);
    this.button.hidden = !button;
    if (button) set(this.button, word(button));
  }
}

/** Whether this browser can open an address: one of the run's own machine only where it is this one. */
function canBeReached(address) {
  if (!/^https?:/.test(address ?? "")) return false;
  const isLocal = (name) => ["localhost", "127.0.0.1", "[::1]"].includes(name);
  return !isLocal(new URL(address).hostname) || isLocal(location.hostname);
}

/** Change a text only where it is another one: a screen reader says what changed. */
function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
