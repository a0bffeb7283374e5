import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { knownTerms, learnTerms, partsOf, termOf } from "../../frontend/js/known-terms.js";
import { TERMS } from "../../frontend/js/terms.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (folder, ending) =>
  readdirSync(`${ROOT}${folder}`, { recursive: true })
    .filter((name) => name.endsWith(ending) && !name.endsWith("terms.js") && !name.endsWith("terms.py"))
    .map((name) => readFileSync(`${ROOT}${folder}/${name}`, "utf8"));
const pages = read("frontend/js", ".js");
/** Where a page names a term itself. */
const asked = new Set(pages.flatMap((source) => [...source.matchAll(/\bterm\("(\w+)"/g)].map(([, key]) => key)));
/** What texts of pages and studies say, of which `termed` looks for terms. */
const said = [...pages, ...read("backend/studies", ".py")].join("\n").toLowerCase();

test("every term that a page asks for exists", () => {
  assert.ok(asked.size >= 4);
  for (const key of asked) assert.ok(termOf(key), key);
});

test("every term is asked for, or named by a text", () => {
  const named = ({ words }) => words.some((word) => new RegExp(`(?<![\\w-])${word.replaceAll(".", "\\.")}(?![\\w-])`).test(said));
  assert.deepEqual(TERMS.filter((term) => !asked.has(term.key) && !named(term)).map(({ key }) => key), []);
});

test("a text names a term where it first stands, by its longest words and by whole words only", () => {
  const parts = partsOf("Held-out accuracy and held-out answers; accuracy, inaccuracy. Subsets!");
  const words = parts.map((part) => (typeof part === "string" ? part : [part.term.key, part.words]));
  assert.deepEqual(words, [["held_out", "Held-out accuracy"], " and held-out answers; ", ["accuracy", "accuracy"], ", inaccuracy. ", ["subset", "Subsets"], "!"]);
  assert.deepEqual(partsOf("Nothing here."), ["Nothing here."]);
});

test("a study's terms are known on its pages, and only there", () => {
  const rank = { key: "rank", name: "Rank", words: ["rank"], text: "How many.", source: "" };
  learnTerms([{ title: "A study", terms: [rank] }]);
  assert.equal(termOf("rank").study, "A study");
  assert.equal(partsOf("Low rank.").length, 3);
  assert.equal(knownTerms().length, TERMS.length + 1);
  learnTerms([]);
  assert.throws(() => termOf("rank"), /no term rank/);
  assert.equal(partsOf("Low rank.").length, 1);
});
