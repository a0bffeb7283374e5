/** Numbers, times and durations as people read them. */

import { serverTime } from "./server-time.js";

const MINUS = "−";
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const TINY = 0.0005; // what three decimals cannot tell from 0
const NEAR_ONE = 0.01;
const ROUNDING = 1e-12; // of sums of shares: no difference from 1

/** @param {string} text */
const typographic = (text) => text.replace("-", MINUS);

/**
 * A share or score with two decimals; a dash where it is not defined.
 * @param {number | null | undefined} value
 * @param {number} [digits]
 */
export function score(value, digits = 2) {
  if (value === null || value === undefined) return "–";
  const rounded = value.toFixed(digits);
  return typographic(Number(rounded) === 0 ? (0).toFixed(digits) : rounded);
}

/**
 * A measured number with as many digits as it takes to tell it from 0 and from 1.
 * @param {number} value
 * @param {number} digits decimals elsewhere
 */
export function measurement(value, digits) {
  if (value === 0) return "0";
  if (Math.abs(value) < TINY) return scientific(value);
  const gap = Math.abs(1 - value);
  return score(value, gap > ROUNDING && gap < NEAR_ONE ? Math.max(4, Math.ceil(-Math.log10(gap))) : digits);
}

/**
 * A number as a multiple of a power of ten, such as 2.0 × 10⁻¹⁰.
 * @param {number} value
 */
function scientific(value) {
  const [factor = "", exponent = ""] = value.toExponential(1).split("e");
  const raised = [...exponent].map((character) => SUPERSCRIPTS[Number(character)] ?? (character === "-" ? "⁻" : ""));
  return `${typographic(factor)} × 10${raised.join("")}`;
}

/**
 * A difference of scores, with its sign.
 * @param {number} value
 * @param {number} [digits]
 */
export function signed(value, digits = 2) {
  const text = score(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/**
 * @param {number | null | undefined} low
 * @param {number | null | undefined} high
 */
export function interval(low, high) {
  if (low === null || low === undefined || high === null || high === undefined) return "no interval yet";
  return `${score(low)} to ${score(high)}`;
}

/**
 * @param {number | null | undefined} value
 */
export function percent(value) {
  return value === null || value === undefined ? "–" : `${Math.round(value * 100)} %`;
}

/** @param {number} value */
export function count(value) {
  return value.toLocaleString("en");
}

/**
 * A large count in few characters, such as 78k or 1.7M.
 * @param {number} value
 */
export function compact(value) {
  return value.toLocaleString("en", { notation: "compact", maximumSignificantDigits: 2 }).replace("K", "k");
}

/**
 * @param {number} value
 * @param {string} singular
 * @param {string} [plural]
 */
export function counted(value, singular, plural = `${singular}s`) {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/**
 * So many of what has a plural name, as the API says what an experiment counts.
 * @param {number} value
 * @param {string} plural such as networks
 */
export function amount(value, plural) {
  return counted(value, plural.replace(/s$/, ""), plural);
}

/** @param {number} seconds */
export function duration(seconds) {
  if (seconds < 1) return "under a second";
  if (seconds < 100) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

/** @param {number} bytes */
export function bytes(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}

/** @param {string | null} iso */
export function ago(iso) {
  if (!iso) return "–";
  const seconds = Math.max(0, (serverTime().getTime() - new Date(iso).getTime()) / 1000);
  if (seconds < 10) return "just now";
  return `${duration(seconds)} ago`;
}

/** @param {string} iso */
export function moment(iso) {
  return new Date(iso).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** @param {string} iso */
export function clock(iso) {
  return new Date(iso).toLocaleTimeString("en-GB");
}

/**
 * Words as a sentence; those that are one stay as they are.
 * @param {string} phrase
 */
export function told(phrase) {
  const end = phrase === "" || /[.?!:]$/.test(phrase) ? "" : ".";
  return phrase.charAt(0).toUpperCase() + phrase.slice(1) + end;
}

/** @param {string} name a name such as `not_memorized` or `subset_fraction` */
export function words(name) {
  return name.replaceAll("_", " ");
}

/** @param {string} name */
export function sentence(name) {
  return name.charAt(0).toUpperCase() + words(name.slice(1));
}

/**
 * A name within a line of text, whose direction must not turn what stands beside it.
 * @param {string} name
 */
export const apart = (name) => `\u2068${name}\u2069`;
