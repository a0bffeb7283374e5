/** Which terms are known on this page, and where a text names them. */

import { TERMS } from "./terms.js";

/** @typedef {import("./terms.js").Term & { study?: string }} KnownTerm `study`: the title of the study that brings it */

/** @type {Map<string, KnownTerm>} */
let known = new Map(TERMS.map((term) => [term.key, term]));
/** @type {{ pattern: RegExp, byWords: Map<string, KnownTerm> } | null} */
let found = null;

/**
 * Know the terms that the studies of this page bring, beside those that all pages share, and no others.
 * @param {{ title: string, terms: import("./terms.js").Term[] }[]} studies
 */
export function learnTerms(studies) {
  const brought = studies.flatMap(({ title, terms }) => terms.map((term) => ({ ...term, study: title })));
  known = new Map([...TERMS, ...brought].map((term) => [term.key, term]));
  found = null;
}

/** @param {string} key @returns {KnownTerm} */
export function termOf(key) {
  const term = known.get(key);
  if (!term) throw new Error(`There is no term ${key}.`);
  return term;
}

/** All terms by name. @returns {KnownTerm[]} */
export const knownTerms = () => [...known.values()].sort((a, b) => a.name.localeCompare(b.name, "en"));

/**
 * Cut a text where it first names each term.
 * @param {string} text
 * @returns {(string | { term: KnownTerm, words: string })[]}
 */
export function partsOf(text) {
  found ??= index();
  const { pattern, byWords } = found;
  /** @type {(string | { term: KnownTerm, words: string })[]} */
  const parts = [];
  const named = new Set();
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    const [words] = match;
    const term = byWords.get(words.toLowerCase());
    if (!term || named.has(term.key)) continue;
    named.add(term.key);
    if (match.index > from) parts.push(text.slice(from, match.index));
    parts.push({ term, words });
    from = match.index + words.length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

function index() {
  const byWords = new Map([...known.values()].flatMap((term) => term.words.map((words) => [words, term])));
  const longestFirst = [...byWords.keys()].sort((a, b) => b.length - a.length).map((words) => words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return { pattern: new RegExp(`(?<![\\w-])(?:${longestFirst.join("|")})(?![\\w-])`, "gi"), byWords };
}
