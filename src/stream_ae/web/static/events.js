// The list of what was seen, the newest first: thumbnails, a filter by kind, a way to the moment.
import { headline, kindWord, laneOf, placeWord } from "./kinds.js";
import { clock, count, rarity } from "./numbers.js";
import { word } from "./words.js";

const MOST = 300; // events that are listed; the run's folder has all of them

export class Events {
  /**
   * @param list the element of the list
   * @param kinds the element of the filter
   * @param onOpen told an event that is to be looked at
   */
  constructor({ list, kinds, counter, nothing, onOpen, onChange }) {
    Object.assign(this, { list, kinds, counter, nothing, onOpen, onChange });
    this.events = []; // oldest first
    this.total = new Map(); // how many of a kind
    this.hidden = new Set();
    this.items = new Map(); // id: element
    this.private = false;
  }

  /** Begin with those that the server still knows. */
  begin(events, { isPrivate }) {
    this.private = isPrivate;
    this.events = events.slice(-MOST);
    this.total.clear();
    for (const { kind } of this.events) this.total.set(kind, (this.total.get(kind) ?? 0) + 1);
    this.translate();
  }

  add(event) {
    if (this.items.has(event.id)) {
      this.update(event);
      return;
    }
    this.events.push(event);
    this.total.set(event.kind, (this.total.get(event.kind) ?? 0) + 1);
    this.list.prepend(this.#item(event));
    while (this.events.length > MOST) this.#drop(this.events.shift());
    this.#filter();
    this.#summarize();
  }

  update(event) {
    const index = this.events.findIndex(({ id }) => id === event.id);
    if (index < 0) return;
    this.events[index] = event;
    const old = this.items.get(event.id);
    const made = this.#item(event);
    old?.replaceWith(made);
    this.onChange();
  }

  /** Write everything again, in the language in use. */
  translate() {
    this.items.clear();
    this.list.replaceChildren(...this.events.map((event) => this.#item(event)).reverse());
    this.#filter();
    this.#summarize();
  }

  /** Events that the filter lets through, oldest first. */
  get shown() {
    return this.events.filter(({ kind }) => !this.hidden.has(kind));
  }

  find(id) {
    return this.events.find((event) => event.id === id) ?? null;
  }

  #drop({ id }) {
    this.items.get(id)?.remove();
    this.items.delete(id);
  }

  #item(event) {
    const item = document.createElement("li");
    item.hidden = this.hidden.has(event.kind);
    item.classList.toggle("false", Boolean(event.false_alarm));
    const button = document.createElement("button");
    button.type = "button";
    button.className = "event";
    if (event.picture && !this.private) {
      const image = document.createElement("img");
      Object.assign(image, { src: event.picture, alt: "", loading: "lazy", decoding: "async" });
      image.addEventListener("error", () => image.remove());
      button.append(image);
    }
    const text = document.createElement("span");
    text.className = "said";
    const title = document.createElement("b");
    title.className = `kind ${laneOf(event)}`;
    title.textContent = headline(event);
    const when = document.createElement("span");
    when.textContent = details(event).join(" · ");
    text.append(title, when);
    button.append(text);
    button.addEventListener("click", () => this.onOpen(event.id));
    item.append(button);
    this.items.set(event.id, item);
    return item;
  }

  #filter() {
    const names = [...this.total.keys()].sort();
    const focused = this.kinds.contains(document.activeElement) ? document.activeElement.dataset.kind : null;
    this.kinds.replaceChildren(...names.map((kind) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.kind = kind;
      button.className = `kind ${laneOf({ kind })}`;
      button.setAttribute("aria-pressed", String(!this.hidden.has(kind)));
      button.textContent = `${kindWord(kind)} ${count(this.total.get(kind))}`;
      button.addEventListener("click", () => this.#toggle(kind));
      return button;
    }));
    if (focused) this.kinds.querySelector(`[data-kind="${CSS.escape(focused)}"]`)?.focus();
    this.kinds.hidden = names.length < 2;
  }

  #toggle(kind) {
    if (!this.hidden.delete(kind)) this.hidden.add(kind);
    for (const event of this.events) {
      const item = this.items.get(event.id);
      if (item) item.hidden = this.hidden.has(event.kind);
    }
    this.#filter();
    this.#summarize();
  }

  #summarize() {
    const shown = this.shown.length;
    this.counter.textContent = shown === this.events.length ? count(shown)
      : word("events.shown", { shown: count(shown), all: count(this.events.length) });
    this.nothing.hidden = this.events.length > 0;
    this.list.hidden = this.events.length === 0;
    this.onChange();
  }
}

/** When, where, and how rare. */
export function details(event) {
  const parts = [clock(event.time)];
  const place = placeWord(event.box);
  if (place) parts.push(place);
  if (event.kind === "novel") parts.push(rarity(event.score));
  if (event.false_alarm) parts.push(word("false-alarm.marked"));
  return parts;
}
