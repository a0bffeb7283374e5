import assert from "node:assert/strict";
import { test } from "node:test";

import { matched } from "../../frontend/js/keyboard.js";

const HOME = { keys: ["g h"] };
const NEXT = { keys: ["j", "ArrowRight"] };
const QUEUE = { keys: ["g q"] };
const HELP = { keys: ["h"] };
const LIST = [HOME, NEXT, QUEUE, HELP];

for (const [name, before, key, match, pending] of [
  ["a key finds its shortcut", "", "j", NEXT, ""],
  ["so does its alternative", "", "ArrowRight", NEXT, ""],
  ["the first key of a sequence waits", "", "g", undefined, "g"],
  ["the second one ends it", "g", "q", QUEUE, ""],
  ["a sequence goes before a key of its own", "g", "h", HOME, ""],
  ["a key that ends no sequence counts alone", "g", "j", NEXT, ""],
  ["a sequence may begin again", "g", "g", undefined, "g"],
  ["other keys mean nothing", "", "x", undefined, ""],
]) {
  test(name, () => assert.deepEqual(matched(LIST, before, key), { match, pending }));
}
