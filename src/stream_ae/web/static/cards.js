// The cameras of a fleet as cards: those that need somebody first, each a link to its own page.
import { kindWord } from "./kinds.js";
import { count, duration, fixed, rarity } from "./numbers.js";
import { word } from "./words.js";

const RANKS = ["failed", "away", "starting", "waiting", "novel", "learning", "stopped"];
const NEEDS = ["failed", "away"];
const WIDEST = 16 / 9; // of a picture that is as high as its place
const NOVEL_FOR = 60; // seconds after something novel for which a camera stands before those with nothing

/** The filters: their names, and which cameras are shown. */
export const FILTERS = {
  all: () => true,
  needs: (camera) => NEEDS.includes(camera.state),
  novel: (camera, now) => isNovel(camera, now),
  learning: (camera) => camera.state === "learning",
  others: (camera) => !NEEDS.includes(camera.state) && camera.state !== "learning",
};

function isNovel({ state, event }, now) {
  return state === "learning" && event?.kind === "novel" && now - event.time < NOVEL_FOR;
}

const rank = (camera, now) => RANKS.indexOf(isNovel(camera, now) ? "novel" : camera.state);

/** Those that need somebody first; the others as the fleet has them. */
export function sorted(cameras, now) {
  const place = new Map(cameras.map((camera, i) => [camera, 1000000 * rank(camera, now) + i]));
  return [...cameras].sort((one, other) => place.get(one) - place.get(other));
}

export class Cards {
  /**
   * @param root the list
   * @param onSeen told when other cameras than before can be seen on the screen
   */
  constructor(root, { onSeen }) {
    this.root = root;
    this.cards = new Map();
    this.cameras = [];
    this.filter = "all";
    this.find = "";
    this.seen = new Set();
    this.watcher = new IntersectionObserver((changes) => {
      for (const { target, isIntersecting } of changes) {
        if (isIntersecting) this.seen.add(target.dataset.name);
        else this.seen.delete(target.dataset.name);
      }
      onSeen();
    }, { rootMargin: "50%" }); // what is about to be scrolled to has its picture already
  }

  /** Names of the cameras that are on the screen. */
  get names() {
    return [...this.seen].filter((name) => this.cards.has(name));
  }

  /** How many cameras each filter shows. */
  counts(now) {
    return Object.fromEntries(Object.entries(FILTERS).map(([name, shows]) =>
      [name, this.cameras.filter((camera) => shows(camera, now)).length]));
  }

  /** Take in how all cameras stand, and their pictures. */
  async show({ header, pictures }) {
    this.cameras = header.cameras;
    const known = new Set(this.cameras.map(({ name }) => name));
    for (const [name, card] of this.cards) {
      if (known.has(name)) continue;
      this.watcher.unobserve(card.item);
      card.item.remove();
      this.cards.delete(name);
      this.seen.delete(name);
    }
    for (const { name } of this.cameras) if (!this.cards.has(name)) this.cards.set(name, this.#make(name));
    this.write();
    await Promise.all([...pictures].map(([name, blob]) => this.#paint(this.cards.get(name), blob)));
  }

  /** Write and order all cards once more; gives how many are shown. */
  write() {
    const now = Date.now() / 1000;
    const wanted = this.find.trim().toLowerCase();
    const shows = FILTERS[this.filter];
    const shown = sorted(this.cameras, now)
      .filter((camera) => shows(camera, now) && camera.name.toLowerCase().includes(wanted));
    const names = new Set(shown.map(({ name }) => name));
    for (const camera of this.cameras) {
      const card = this.cards.get(camera.name);
      card.item.hidden = !names.has(camera.name);
      if (!card.item.hidden) this.#fill(card, camera, now);
    }
    this.#order(shown.map(({ name }) => this.cards.get(name).item));
    return shown.length;
  }

  /** Give the keyboard to the next or the last card before. */
  step(by) {
    const links = [...this.root.querySelectorAll("li:not([hidden]) a")];
    const at = links.indexOf(document.activeElement);
    links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
  }

  /** Move only what stands elsewhere: what is moved would lose the keyboard. */
  #order(items) {
    let place = this.root.firstElementChild;
    for (const item of items) {
      if (item === place) {
        place = place.nextElementSibling;
        continue;
      }
      const focused = item.contains(document.activeElement) ? document.activeElement : null;
      this.root.insertBefore(item, place);
      focused?.focus();
    }
  }

  #make(name) {
    const item = document.createElement("li");
    item.className = "camera";
    item.dataset.name = name;
    const view = add(item, "div", "view");
    const none = add(view, "span", "none");
    const image = add(view, "img");
    image.alt = "";
    image.hidden = true;
    const about = add(item, "div", "about-camera");
    const head = add(about, "div");
    const link = add(add(head, "h2"), "a");
    link.href = `camera/${encodeURIComponent(name)}/`;
    link.textContent = name;
    const state = add(head, "span", "state");
    const why = add(about, "p", "why");
    const figures = add(about, "p", "figures");
    const [fps, novelty, things, place] = [0, 1, 2, 3].map(() => add(figures, "span"));
    const level = add(about, "div", "level");
    level.setAttribute("aria-hidden", "true");
    const bar = add(level, "i");
    const happened = add(about, "p", "happened");
    const kind = add(happened, "b");
    const when = add(happened, "span");
    this.watcher.observe(item);
    return { item, view, none, image, state, why, fps, novelty, things, place, level, bar, happened, kind, when, url: null };
  }

  #fill(card, camera, now) {
    const { item } = card;
    item.dataset.state = camera.state;
    item.toggleAttribute("data-novel", isNovel(camera, now));
    set(card.state, word(`camera.${camera.state}`));
    set(card.why, camera.text);
    set(card.none, word(camera.private ? "wall.private" : camera.state === "learning" ? "waiting" : "wall.no-picture"));
    card.image.style.aspectRatio = String(camera.aspect);
    card.image.classList.toggle("wide", camera.aspect > WIDEST);
    if (!camera.pictured) this.#forget(card);
    const learns = camera.state === "learning";
    set(card.fps, learns ? word("fps.is", { value: fixed(camera.fps, camera.fps < 10 ? 1 : 0) }) : "");
    const knows = learns && camera.novelty !== null;
    set(card.novelty, knows ? word("novelty.is", { value: rarity(camera.novelty) }) : "");
    set(card.things, learns && camera.things ? inView(camera.things) : "");
    set(card.place, camera.node);
    card.level.hidden = !knows;
    card.bar.style.transform = `scaleX(${knows ? camera.novelty.toFixed(3) : 0})`;
    const { event } = camera;
    set(card.kind, event ? kindWord(event.kind) : "");
    const zone = event?.zone ? ` · ${event.zone}` : "";
    set(card.when, event ? `${zone} · ${word("ago", { time: age(now - event.time) })}` : "");
  }

  async #paint(card, blob) {
    const url = URL.createObjectURL(blob);
    const image = new Image();
    image.src = url;
    try {
      await image.decode(); // nothing flickers
    } catch {
      URL.revokeObjectURL(url); // damaged; the next one comes
      return;
    }
    const before = card.url;
    card.url = url;
    card.image.src = url;
    card.image.hidden = false;
    if (before) URL.revokeObjectURL(before);
  }

  #forget(card) {
    card.image.hidden = true;
    if (card.url) URL.revokeObjectURL(card.url);
    card.url = null;
  }
}

const inView = (things) => word(things === 1 ? "in-view.one" : "in-view.many", { count: count(things) });

/** How long ago, without what changes with every second. */
function age(seconds) {
  return duration(seconds < 60 ? 10 * Math.ceil(seconds / 10) : 60 * Math.floor(seconds / 60));
}

function add(parent, kind, name = "") {
  const element = document.createElement(kind);
  if (name) element.className = name;
  return parent.appendChild(element);
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
