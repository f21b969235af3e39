// The pictures of one frame, side by side and in step: all are decoded, then all are drawn at once.
import { Heat, drawBoxes, drawWipe } from "./overlays.js";
import { count, fixed, number, percent, streamTime } from "./numbers.js";
import { word } from "./words.js";

const ALWAYS = ["frame", "reconstruction", "error", "foreground"];
const ON_DEMAND = ["background", "features"];
const SHARPEST = 2; // device pixels for one of the page's; more costs and is not seen

export class Panels {
  /**
   * @param root the element that holds them
   * @param onDrawn told each frame's header once it is on the screen
   */
  constructor(root, { onDrawn }) {
    this.root = root;
    this.onDrawn = onDrawn;
    this.boxes = true;
    this.heat = false;
    this.wipe = null; // share of the width, or null
    this.stage = null;
    this.background = false;
    this.isWatched = true;
    this.only = null; // the panels that there are, where not all can be had
    this.hasEnded = false;
    this.large = null;
    this.header = null;
    this.pictures = new Map();
    this.heatMap = new Heat();
    this.panels = new Map([...ALWAYS, ...ON_DEMAND].map((name) => [name, this.#make(name)]));
    this.sizes = new ResizeObserver(() => this.#fit());
    for (const { canvas } of this.panels.values()) this.sizes.observe(canvas);
    this.arrange();
  }

  /** Names of the panels that are shown now. */
  get names() {
    const wanted = { foreground: this.isWatched, background: this.isWatched && this.background, features: this.stage };
    return [...ALWAYS, ...ON_DEMAND].filter((name) =>
      wanted[name] !== false && wanted[name] !== null && (this.only?.includes(name) ?? true));
  }

  /** Show and hide what was asked for, and draw again. */
  arrange() {
    const shown = new Set(this.names);
    for (const [name, panel] of this.panels) panel.figure.hidden = !shown.has(name);
    this.panels.get("frame").slider.hidden = this.wipe === null;
    this.panels.get("frame").legend.hidden = !this.heat;
    this.translate();
    this.draw();
  }

  /** Make one panel large, or small again; only one is large at a time. */
  enlarge(name) {
    this.large = this.large === name ? null : name;
    for (const [other, { figure, enlarge }] of this.panels) {
      figure.classList.toggle("large", other === this.large);
      enlarge.setAttribute("aria-pressed", String(other === this.large));
    }
  }

  /** Likewise the panel at a place, from 1. */
  enlargeAt(place) {
    const name = this.names[place - 1];
    if (name) this.enlarge(name);
  }

  translate() {
    for (const [name, { title, lesson, waiting, enlarge }] of this.panels) {
      const wiped = name === "frame" && this.wipe !== null;
      title.textContent = name === "features" ? word("panel.features", { stage: this.stage ?? "" })
        : word(wiped ? "panel.wiped" : `panel.${name}`);
      lesson.textContent = word(`lesson.${name}`);
      waiting.textContent = word(this.hasEnded ? "waiting.ended" : "waiting");
      enlarge.setAttribute("aria-label", word("enlarge", { name: title.textContent }));
      enlarge.title = word("enlarge", { name: title.textContent });
    }
    this.#say();
  }

  /** Take a frame: decode every picture, then draw all of them together. */
  async show({ header, pictures }) {
    const names = [...pictures.keys()];
    let decoded = [];
    try {
      decoded = await Promise.all(names.map((name) => createImageBitmap(pictures.get(name))));
    } catch {
      this.onDrawn(header); // a damaged picture is left out; the next one comes
      return;
    }
    const draw = () => {
      for (const old of this.pictures.values()) old.close();
      this.pictures = new Map(names.map((name, i) => [name, decoded[i]]));
      this.header = header;
      this.draw();
      this.#say();
      this.onDrawn(header);
    };
    if (document.hidden) draw(); // nothing is painted then, and no animation frame comes
    else requestAnimationFrame(draw);
  }

  /** Draw what is known once more. */
  draw() {
    for (const name of this.names) {
      const picture = this.pictures.get(name);
      const panel = this.panels.get(name);
      panel.figure.classList.toggle("empty", !picture);
      if (picture) this.#paint(name, panel, picture);
    }
  }

  #paint(name, panel, picture) {
    const { canvas, context } = panel;
    const shape = String(this.header.aspect ?? picture.width / picture.height);
    if (panel.shape !== shape) canvas.style.aspectRatio = panel.shape = shape;
    const { width, height } = canvas;
    const shown = canvas.clientWidth || width;
    const scale = (width / shown) * Math.min(1.8, Math.max(0.7, shown / 340)); // of lines and letters
    context.imageSmoothingEnabled = name !== "features";
    context.drawImage(picture, 0, 0, width, height);
    const other = this.pictures.get("reconstruction");
    const wiped = name === "frame" && this.wipe !== null && other;
    if (wiped) drawWipe(context, { picture: other, share: this.wipe, width, height, scale });
    if (name === "frame" && this.heat && this.header.heat) {
      this.heatMap.draw(context, { heat: this.header.heat, width, height });
    }
    if (this.boxes && (name === "frame" || name === "foreground")) {
      drawBoxes(context, { width, height, tracks: this.header.tracks, scale });
    }
  }

  #fit() {
    const sharp = Math.min(devicePixelRatio || 1, SHARPEST);
    for (const { canvas } of this.panels.values()) {
      const width = Math.round(canvas.clientWidth * sharp);
      const height = Math.round(canvas.clientHeight * sharp);
      if (!width || (canvas.width === width && canvas.height === height)) continue;
      Object.assign(canvas, { width, height });
    }
    this.draw();
  }

  /** This frame's numbers under the panels, and what each picture is for those who do not see it. */
  #say() {
    const header = this.header;
    if (!header) {
      for (const [name, { canvas }] of this.panels) canvas.setAttribute("aria-label", word(`alt.${name}`));
      return;
    }
    const of = header.scalars;
    const copy = of["loss/copy_last_frame"];
    const things = header.tracks.length;
    const lines = {
      frame: [word("frame.number", { number: count(header.number) }), streamTime(header.time),
        word(things === 1 ? "in-view.one" : "in-view.many", { count: things })],
      reconstruction: [word("mse.is", { value: number(of["loss/mse"]) }),
        ...(copy ? [word("copy.times", { value: number(of["loss/mse"] / copy, 2) })] : [])],
      error: [word("detail.is", { value: number(of["loss/detail"]) })],
      foreground: [word("foreground.is", { share: percent(header.foreground) }),
        word("novelty.is", { value: fixed(header.novelty, 2) })],
      background: [word("shift.is", { value: (header.shift ?? [0, 0]).map((d) => d.toFixed(1)).join(", ") })],
      features: [],
    };
    for (const name of this.names) {
      const { canvas, facts } = this.panels.get(name);
      const text = lines[name].join(" · ");
      facts.textContent = text;
      canvas.setAttribute("aria-label", `${word(`alt.${name}`)} ${text}`);
    }
  }

  #make(name) {
    const figure = element("figure", `panel ${name}`);
    const caption = element("figcaption");
    const title = element("h3");
    const canvas = element("canvas");
    canvas.setAttribute("role", "img");
    const facts = element("p", "facts");
    const lesson = element("p", "teach");
    caption.append(title, facts, lesson);
    const legend = element("p", "legend");
    for (const [end, key] of [["low", "none"], ["bar", ""], ["high", "most"]]) {
      const part = element("span", end);
      if (key) part.dataset.word = name === "error" ? `legend.error.${key}` : `legend.heat.${key}`;
      legend.append(part);
    }
    const slider = element("input", "wipe");
    Object.assign(slider, { type: "range", min: 0, max: 100, value: 50, hidden: true });
    slider.dataset.label = "wipe.slider";
    const picture = element("div", "picture");
    const waiting = element("p", "waiting");
    const enlarge = element("button", "enlarge icon");
    enlarge.type = "button";
    enlarge.textContent = "⤢";
    enlarge.addEventListener("click", () => this.enlarge(name));
    picture.append(canvas, waiting, enlarge);
    figure.append(picture);
    if (name === "frame") {
      figure.append(slider);
      this.#drag(canvas, slider);
    }
    if (name === "frame" || name === "error") caption.append(legend);
    figure.append(caption);
    this.root.append(figure);
    const context = canvas.getContext("2d", { alpha: false });
    return { figure, canvas, context, title, facts, lesson, waiting, enlarge, slider, legend };
  }

  #drag(canvas, slider) {
    slider.addEventListener("input", () => this.#wipeTo(slider.value / 100));
    const follow = (event) => {
      if (this.wipe === null || !(event.buttons & 1)) return;
      const { left, width } = canvas.getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
      slider.value = 100 * share;
      this.#wipeTo(share);
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (this.wipe !== null) canvas.setPointerCapture(event.pointerId);
      follow(event);
    });
    canvas.addEventListener("pointermove", follow);
  }

  #wipeTo(share) {
    this.wipe = share;
    this.draw();
  }
}

function element(tag, className = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  return made;
}
