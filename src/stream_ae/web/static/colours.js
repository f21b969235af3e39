// Colours for canvases: those of the style sheet, and the maps of error and novelty.

const NAMES = ["ink", "strong", "line", "card", "blue", "orange", "grey", "violet", "green", "bad", "novel", "things",
  "scene", "run"];
let kept = null;

/** The style sheet's colours as the present look has them, by name. */
export function colours() {
  if (kept) return kept;
  const probe = document.body.appendChild(document.createElement("span"));
  kept = {};
  for (const name of NAMES) {
    probe.style.color = `var(--${name})`;
    kept[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return kept;
}

/** The look has changed: ask the style sheet again. */
export function forgetColours() {
  kept = null;
}

// From black to cream in equal steps of lightness, so that it reads without telling hues apart.
const HEAT = [[0, 0, 0], [22, 14, 88], [91, 10, 135], [163, 10, 115], [221, 33, 87], [244, 101, 59], [254, 155, 69],
  [255, 204, 115], [255, 247, 204]];

/** 256 colours of the heat map, red, green, blue and how opaque: what is usual shows the picture. */
export const HEAT_TABLE = new Uint8ClampedArray(4 * 256);
for (let level = 0; level < 256; level += 1) {
  const place = (level / 255) * (HEAT.length - 1);
  const index = Math.min(Math.floor(place), HEAT.length - 2);
  for (let channel = 0; channel < 3; channel += 1) {
    const [low, high] = [HEAT[index][channel], HEAT[index + 1][channel]];
    HEAT_TABLE[4 * level + channel] = low + (place - index) * (high - low);
  }
  HEAT_TABLE[4 * level + 3] = Math.min(225, Math.max(0, 380 * (level / 255 - 0.12)));
}
