// How the run is doing, at a glance: speed, where the time of a frame goes, what was lost, memory.
import { NOTHING, count, duration, fixed } from "./numbers.js";
import { has, word } from "./words.js";

const COLOURS = ["blue", "orange", "green", "violet", "grey", "novel", "things", "scene", "run"];

const ORDER = ["read", "preprocess", "change", "forward", "loss", "backward", "update", "watch", "page", "log", "checkpoint"];
const LEAST = 0.05; // ms; less is not seen

const FACTS = [
  ["fps", ({ fps }) => word("fps.is", { value: fixed(fps, 1) })],
  ["behind", ({ behind, frame }) => (frame ? word("ago", { time: duration(behind) }) : NOTHING)],
  ["frames", ({ frame }) => count(frame)],
  ["dropped", ({ dropped }) => count(dropped)],
  ["learning", ({ learning }) => (has(`learning.${learning}`) ? word(`learning.${learning}`) : learning)],
  ["checkpoint", ({ checkpoint }) =>
    checkpoint === null || checkpoint === undefined ? word("checkpoint.none") : word("ago", { time: duration(checkpoint) })],
  ["memory", ({ memory_mib: mib }) => (!mib ? NOTHING : mib >= 10240 ? `${fixed(mib / 1024, 1)} GiB` : `${count(mib)} MiB`)],
  ["viewers", ({ viewers }) => count(viewers)],
];

export class Health {
  constructor(root) {
    this.root = root;
    this.total = root.appendChild(element("p", "total"));
    this.bar = root.appendChild(element("div", "parts"));
    this.bar.setAttribute("role", "img");
    this.keys = root.appendChild(element("ul", "keys parts-keys"));
    this.list = root.appendChild(element("dl", "facts-list"));
    this.values = FACTS.map(([name]) => {
      const row = this.list.appendChild(element("div"));
      const term = row.appendChild(element("dt"));
      term.dataset.word = `health.${name}`;
      return row.appendChild(element("dd"));
    });
    this.parts = new Map(); // name: {piece, key, value, colour}
    this.last = null;
  }

  show(health) {
    this.last = health;
    FACTS.forEach(([, write], i) => {
      const text = write(health);
      if (this.values[i].textContent !== text) this.values[i].textContent = text;
    });
    this.#showParts(health.parts ?? {});
  }

  translate() {
    if (this.last) this.show(this.last);
  }

  #showParts(parts) {
    const place = ([name]) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length); // the unknown come last
    const entries = Object.entries(parts).filter(([, ms]) => ms >= LEAST).sort((a, b) => place(a) - place(b));
    const total = entries.reduce((sum, [, ms]) => sum + ms, 0);
    this.total.textContent = word("health.per-frame", { time: fixed(total, 1) });
    this.total.hidden = this.bar.hidden = this.keys.hidden = total === 0;
    for (const [name, { piece, key }] of this.parts) {
      piece.hidden = key.hidden = !(parts[name] >= LEAST);
    }
    for (const [name, ms] of entries) {
      const part = this.parts.get(name) ?? this.#makePart(name);
      part.piece.style.flexGrow = String(ms);
      part.label.textContent = has(`part.${name}`) ? word(`part.${name}`) : name;
      part.value.textContent = fixed(ms, 1);
    }
    const text = entries.map(([name, ms]) => `${has(`part.${name}`) ? word(`part.${name}`) : name} ${fixed(ms, 1)} ms`);
    this.bar.setAttribute("aria-label", text.join(", "));
  }

  #makePart(name) {
    const colour = COLOURS[this.parts.size % COLOURS.length];
    const piece = this.bar.appendChild(element("span"));
    piece.style.background = `var(--${colour})`;
    const key = this.keys.appendChild(element("li"));
    const swatch = key.appendChild(element("i", "square"));
    swatch.style.background = `var(--${colour})`;
    const label = key.appendChild(element("span"));
    const value = key.appendChild(element("b"));
    const part = { piece, key, label, value };
    this.parts.set(name, part);
    return part;
  }
}

function element(tag, className = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  return made;
}
