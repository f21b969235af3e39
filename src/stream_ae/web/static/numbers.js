// How numbers and times are written, in the reader's language.
import { language, word } from "./words.js";

const kept = new Map(); // making a formatter is slow

function formatter(Kind, options) {
  const key = JSON.stringify([Kind.name, language(), options]);
  if (!kept.has(key)) kept.set(key, new Kind(language(), options));
  return kept.get(key);
}

export const NOTHING = "–";

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** A whole number with its thousands apart. */
export function count(value) {
  return isNumber(value) ? formatter(Intl.NumberFormat, { maximumFractionDigits: 0 }).format(value) : NOTHING;
}

/** Any number with a few digits that count. */
export function number(value, digits = 3) {
  if (!isNumber(value)) return NOTHING;
  const significant = Math.abs(value) < 1e-3 ? Math.min(2, digits) : digits;
  return formatter(Intl.NumberFormat, {
    minimumSignificantDigits: value === 0 ? 1 : significant,
    maximumSignificantDigits: significant,
  }).format(value);
}

/** A number at an axis: no more digits than it needs. */
export function plain(value) {
  return formatter(Intl.NumberFormat, { maximumSignificantDigits: 2 }).format(value);
}

/** A number with as many decimals as asked for. */
export function fixed(value, decimals = 1) {
  if (!isNumber(value)) return NOTHING;
  return formatter(Intl.NumberFormat, {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals,
  }).format(value);
}

/** A share in [0, 1] as per cent. */
export function percent(value, decimals = 1) {
  return isNumber(value) ? `${fixed(100 * value, decimals)} %` : NOTHING;
}

/** Novelty in [0, 1] as odds: 0.99 is rarer than 1 in 100 frames so far. */
export function rarity(value) {
  if (!isNumber(value)) return NOTHING;
  if (value < 0.5) return word("novelty.usual");
  const odds = 1 / Math.max(1 - value, 1e-6);
  return word("novelty.odds", { count: count(odds < 10 ? Math.round(odds) : Math.round(odds / 5) * 5) });
}

/** A length of time: 42 s, 3 min 20 s, 5 h 10 min, 3 d 4 h. */
export function duration(seconds) {
  if (!isNumber(seconds)) return NOTHING;
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  let rest = Math.max(0, seconds);
  if (rest < 10) return `${fixed(rest, 1)} ${word("unit.s")}`;
  rest = Math.round(rest);
  const first = units.findIndex(([, size]) => rest >= size);
  const [name, size] = units[first];
  const whole = Math.floor(rest / size);
  const text = `${whole} ${word(`unit.${name}`)}`;
  if (first === units.length - 1) return text;
  const [below, belowSize] = units[first + 1];
  const more = Math.floor((rest - whole * size) / belowSize);
  return more ? `${text} ${more} ${word(`unit.${below}`)}` : text;
}

/** A stream's own time as minutes and seconds: 1:04.2. */
export function streamTime(seconds) {
  if (!isNumber(seconds)) return NOTHING;
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(1).padStart(4, "0")}`;
}

/** The time of day at an axis; at midnight the day that begins. */
export function tick(epoch, withSeconds) {
  const date = new Date(1000 * epoch);
  if (!date.getHours() && !date.getMinutes() && !date.getSeconds()) {
    return formatter(Intl.DateTimeFormat, { day: "numeric", month: "short" }).format(date);
  }
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (withSeconds) options.second = "2-digit";
  return formatter(Intl.DateTimeFormat, options).format(date);
}

/** The time of day of a moment given in seconds since 1970; with the day where it is another one. */
export function clock(epoch, withSeconds = true) {
  if (!isNumber(epoch)) return NOTHING;
  const date = new Date(1000 * epoch);
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (withSeconds) options.second = "2-digit";
  if (date.toDateString() !== new Date().toDateString()) Object.assign(options, { day: "numeric", month: "short" });
  return formatter(Intl.DateTimeFormat, options).format(date);
}
