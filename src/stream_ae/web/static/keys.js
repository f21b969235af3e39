// The keyboard: what each key does, and the sheet that says so.
import { word } from "./words.js";

const SHOWN = [
  ["Space", "keys.pause"], ["→", "keys.next"], ["b", "keys.boxes"], ["n", "keys.heat"], ["w", "keys.wipe"],
  ["g", "keys.background"], ["f", "keys.features"], ["1 … 6", "keys.enlarge"],
  ["e", "keys.explain"], ["t", "keys.theme"], ["l", "keys.language"],
  ["?", "keys.help"], ["Esc", "keys.escape"],
];
const IN_CHARTS = [
  ["← →", "keys.read"], ["+ −", "keys.zoom"], ["⇧ ← →", "keys.pan"], ["0", "keys.all"],
];

/** Call what a key stands for, but not while something else has the keyboard. */
export function listenToKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const { target, key } = event;
    if (target.matches("input, select, textarea") || document.querySelector("dialog[open]")) return;
    if ((key === " " || key === "Enter") && target.closest("button, a")) return; // it presses the button
    const action = actions[key === " " ? "Space" : key.length === 1 ? key.toLowerCase() : key];
    if (!action) return;
    event.preventDefault();
    if (event.repeat && key !== "ArrowRight") return;
    action();
  });
}

/** A click leaves the keyboard where it was: Space is to pause, not to press the last button again. */
export function keepFocusOnClick() {
  document.addEventListener("mousedown", (event) => {
    if (event.target.closest("button") && !event.target.closest("dialog")) event.preventDefault();
  });
}

/** Write the sheet with the keys: by itself those of a run's page, each list below its heading. */
export function writeHelp(dialog, lists = [["help.text", SHOWN], ["help.charts", IN_CHARTS]]) {
  const bar = document.createElement("div");
  bar.className = "bar";
  const gap = document.createElement("span");
  gap.className = "gap";
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = word("close");
  close.addEventListener("click", () => dialog.close());
  bar.append(gap, close);
  const title = document.createElement("h2");
  title.id = "help-title";
  title.textContent = word("help.title");
  const parts = lists.flatMap(([name, rows], i) => {
    const heading = document.createElement(i ? "h3" : "p");
    heading.textContent = word(name);
    return [heading, table(rows)];
  });
  dialog.replaceChildren(bar, title, ...parts);
}

function table(rows) {
  const list = document.createElement("dl");
  list.className = "key-list";
  for (const [key, name] of rows) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    for (const part of key.split(" ")) {
      if (part === "…") {
        term.append("… ");
        continue;
      }
      const cap = document.createElement("kbd");
      cap.textContent = part === "Space" ? word("keys.space") : part;
      term.append(cap);
    }
    const what = document.createElement("dd");
    what.textContent = word(name);
    row.append(term, what);
    list.append(row);
  }
  return list;
}
