import assert from "node:assert/strict";
import { test } from "node:test";

import { cellView } from "../../frontend/js/components/cells.js";
import { encode } from "../../frontend/js/view.js";

const CELLS = { x: "column", y: "memorization", edges: [0, 0.25, 0.5, 0.75, 1], view: { size: 8, column: "depth" } };

for (const [name, place, expected] of [
  ["a cell within has both bounds on both axes, without the next cells' edges", [1, 2], "?tab=explore&size=8&memorization_gte=0.25&memorization_lte=0.499999&column=depth&column_gte=0.5&column_lte=0.749999"],
  ["the first ones also have what is lower", [0, 0], "?tab=explore&size=8&memorization_lte=0.249999&column=depth&column_lte=0.249999"],
  ["the last ones also have what is higher", [3, 3], "?tab=explore&size=8&memorization_gte=0.75&column=depth&column_gte=0.75"],
]) {
  test(name, () => assert.deepEqual([...new URLSearchParams(encode(cellView(CELLS, place)))].sort(), [...new URLSearchParams(expected)].sort()));
}
