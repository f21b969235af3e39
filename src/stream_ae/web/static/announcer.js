// What is told without looking: to screen readers at most once in a while, and as a short note on the screen.

const PAUSE = 3000; // ms between two announcements, so that a busy street can be listened to
const SHOWN = 5000; // ms that a note stays

export class Announcer {
  constructor({ spoken, toast }) {
    this.spoken = spoken;
    this.toast = toast;
    this.waiting = [];
  }

  /** Say it to a screen reader when there is a pause; of many, the last ones and how many there were. */
  say(text) {
    this.waiting.push(text);
    if (this.timer) return;
    this.timer = setTimeout(() => {
      const last = this.waiting.slice(-3).join("; ");
      const more = this.waiting.length - 3;
      this.spoken.textContent = more > 0 ? `${last} (+${more})` : last;
      this.waiting = [];
      this.timer = null;
    }, PAUSE);
  }

  /** Show a note for a few seconds. */
  show(text, { failed = false } = {}) {
    this.toast.textContent = text;
    this.toast.classList.toggle("failed", failed);
    this.toast.showPopover?.(); // above an open dialog, too
    clearTimeout(this.hiding);
    this.hiding = setTimeout(() => {
      this.toast.hidePopover?.();
    }, SHOWN);
  }
}
