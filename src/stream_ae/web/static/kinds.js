// The kinds of events: the words for them, and the colours that they have everywhere on the page.
import { has, word } from "./words.js";

const THINGS = ["appeared", "left", "left_behind", "removed"];
const SCENE = ["cut", "camera_moved", "light_switched", "covered", "black", "frozen"];
const PLACES = ["known_place", "new_place"];

/** Lanes of the timeline, and the names of their colours. */
export const LANES = ["novel", "things", "scene", "run"];

/** Which lane an event is in. */
export function laneOf(event) {
  if (event.kind === "novel") return "novel";
  if (THINGS.includes(event.kind)) return "things";
  return [...SCENE, ...PLACES].includes(event.kind) ? "scene" : "run";
}

/** The word for a kind; of what the page does not know, its name with spaces. */
export const kindWord = (kind) =>
  has(`kind.${kind}`) ? word(`kind.${kind}`) : String(kind).replaceAll("_", " ");

/** Where in the picture a box is, in a word or two; null for the whole scene. */
export function placeWord(box) {
  if (!box) return null;
  const third = (middle) => Math.min(2, Math.max(0, Math.floor(3 * middle)));
  const row = ["top", "middle", "bottom"][third(box[1] + box[3] / 2)];
  const column = ["left", "centre", "right"][third(box[0] + box[2] / 2)];
  return word(`place.${row}.${column}`);
}

/** What happened, as a short line: its kind, whose it is, and where. */
export function headline(event) {
  const parts = [kindWord(event.kind)];
  if (Number.isInteger(event.track)) parts.push(`#${event.track}`);
  if (event.zone) parts.push(event.zone);
  return parts.join(" · ");
}
