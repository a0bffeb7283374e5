/** What people decide about pictures: the four marks, and the name that this browser marks under. */

/** @import { Mark } from "../types/api.js" */

/** In the order of their keys. */
export const MARKS = /** @type {const} */ ([
  { mark: "wrong_label", title: "Wrong label" },
  { mark: "ambiguous", title: "Ambiguous" },
  { mark: "duplicate", title: "Duplicate" },
  { mark: "fine", title: "Fine" },
]);

/** @typedef {typeof MARKS[number]["mark"]} MarkName */

const TITLES = Object.fromEntries(MARKS.map(({ mark, title }) => [mark, title]));

/**
 * What a mark says of a picture that is labeled `label` here.
 * @param {Mark | null} mark
 * @param {string} label
 */
export function markWords(mark, label) {
  if (!mark?.mark) return mark?.note ? "Noted" : "";
  const title = TITLES[mark.mark] ?? mark.mark;
  const elsewhere = mark.label === label ? "" : `, when its label was ${mark.label}`;
  return `${title}${elsewhere}${mark.suggested_label === null ? "" : `: should be ${mark.suggested_label}`}`;
}

/**
 * The mark that holds for a picture under the label it has here.
 * @param {Mark | null} mark
 * @param {string} label
 * @returns {MarkName | null}
 */
export const standing = (mark, label) => (mark && mark.label === label ? mark.mark : null);

/**
 * Counts of marks in words, those that nobody has used left out.
 * @param {Record<string, number>} counts
 */
export function countWords(counts) {
  const parts = MARKS.filter(({ mark }) => counts[mark]).map(({ mark, title }) => `${counts[mark]?.toLocaleString("en")} ${title.toLowerCase()}`);
  return parts.join(", ");
}

const KEY = "marking-as";

/** @returns {string} the name that this browser marks under, or "" */
export function reviewer() {
  try {
    return localStorage.getItem(KEY) ?? "";
  } catch {
    return ""; // storage may be blocked
  }
}

/** @param {string} name */
export function setReviewer(name) {
  try {
    localStorage.setItem(KEY, name.trim());
  } catch {
    // It then lasts as long as the page.
  }
}
