import assert from "node:assert/strict";
import { test } from "node:test";

import { stepped } from "../../frontend/js/components/brush.js";

const EDGES = [-0.1, 0, 0.1, 0.2, 0.3, 0.4, 0.5];

for (const [name, range, side, key, expected] of [
  ["the low end steps to the next edge", [0.1, 0.4], 0, "ArrowRight", [0.2, 0.4]],
  ["the high end steps back", [0.1, 0.4], 1, "ArrowLeft", [0.1, 0.3]],
  ["Home goes to the first edge", [0.1, 0.4], 0, "Home", [-0.1, 0.4]],
  ["End goes to the last edge", [0.1, 0.4], 1, "End", [0.1, 0.5]],
  ["a page is five bins, within the edges", [0.1, 0.4], 1, "PageUp", [0.1, 0.5]],
  ["the low end stops one bin below the high end", [0.3, 0.4], 0, "ArrowRight", [0.3, 0.4]],
  ["the high end stops one bin above the low end", [0.3, 0.4], 1, "PageDown", [0.3, 0.4]],
  ["a range between edges snaps to those around it", [0.12, 0.399999], 0, "ArrowLeft", [0, 0.4]],
  ["a range up to a score within the last bin ends with it", [0.1, 0.45], 0, "ArrowRight", [0.2, 0.5]],
  ["a range beyond the edges ends with them", [-1, 1], 1, "ArrowLeft", [-0.1, 0.4]],
]) {
  test(name, () => assert.deepEqual(stepped(EDGES, range, side, key), expected));
}

test("other keys mean nothing", () => assert.equal(stepped(EDGES, [0, 0.1], 0, "a"), null));
