// The page's own words, in the reader's language; what the stream says is shown as it came.
import { words as en } from "./words.en.js";
import { words as wallEn } from "./words.wall.en.js";
import { words as wallZh } from "./words.wall.zh.js";
import { words as zh } from "./words.zh.js";

const LANGUAGES = { en: { ...en, ...wallEn }, zh: { ...zh, ...wallZh } };
let current = chosen() ?? wanted();

function chosen() {
  try {
    const name = localStorage.getItem("language");
    return name in LANGUAGES ? name : null;
  } catch {
    return null; // storage may be forbidden
  }
}

function wanted() {
  for (const name of navigator.languages ?? [navigator.language]) {
    const main = name.slice(0, 2).toLowerCase();
    if (main in LANGUAGES) return main;
  }
  return "en";
}

/** Code of the language in use: en or zh. */
export const language = () => current;

/** Use another language from now on, and on the next visit. */
export function setLanguage(name) {
  current = name;
  try {
    localStorage.setItem("language", name);
  } catch {
    // then only for now
  }
}

/** Whether there is a word of that name. */
export const has = (key) => key in LANGUAGES.en;

/** The word of that name, with {…} filled in. */
export function word(key, values = {}) {
  const text = LANGUAGES[current][key] ?? LANGUAGES.en[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Fill in every element below `root` that names its word. */
export function translate(root) {
  document.documentElement.lang = current === "zh" ? "zh-Hans" : "en";
  for (const element of root.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of root.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", word(element.dataset.label));
  }
  for (const element of root.querySelectorAll("[data-hint]")) element.title = word(element.dataset.hint);
}
