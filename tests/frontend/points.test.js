import assert from "node:assert/strict";
import { test } from "node:test";

import { pointEdits, readPoints, short, snapped, stepOf, writePoints } from "../../frontend/js/points.js";

const SHAPE = { classes: ["+1", "-1"], presets: [], least: 1, most: 3, farthest: 100 };
const { added, moved, removed, turned } = pointEdits(SHAPE);
const TWO = [
  { of: 0, x: 1, y: 0.2 },
  { of: 1, x: -0.2, y: 2 },
];

test("points are read as they were written, in their shortest form", () => {
  assert.equal(writePoints(TWO), "a1_0.2*b-0.2_2");
  assert.deepEqual(readPoints("a1_0.2*b-0.2_2"), TWO);
  assert.deepEqual(readPoints("a1.50_-.5"), [{ of: 0, x: 1.5, y: -0.5 }]);
  assert.deepEqual(readPoints(""), []);
  assert.deepEqual([0.30000000000000004, -0.001, 2, 1.25].map(short), ["0.3", "0", "2", "1.25"]);
});

test("what cannot be read is left to the server to tell", () => {
  for (const text of ["a1_2*c", "1_2", "a1,2", "a1_2*", "a1e3_2", "A1_2"]) assert.equal(readPoints(text), null, text);
});

test("edits change one point and keep to the bounds", () => {
  assert.deepEqual(moved(TWO, 1, 0.126, 500)[1], { of: 1, x: 0.13, y: 100 });
  assert.deepEqual(moved(TWO, 1, 0, 0)[0], TWO[0]);
  assert.deepEqual([turned(TWO, 0)[0].of, turned(TWO, 1)[1].of], [1, 0]);
  assert.deepEqual(removed(TWO, 0), [TWO[1]]);
  assert.equal(removed([TWO[0]], 0).length, 1, "one must stay");
  const three = added(TWO, { of: 0, x: 3, y: -200 });
  assert.deepEqual(three[2], { of: 0, x: 3, y: -100 });
  assert.equal(added(three, { of: 0, x: 0, y: 0 }), three, "three are all that it takes");
});

test("a pointer moves in round steps that a pixel can tell", () => {
  assert.deepEqual([0.004, 0.01, 0.011, 0.3, 40].map(stepOf), [0.01, 0.01, 0.02, 0.5, 10]);
  assert.equal(snapped(0.34, 0.05, -1, 1), 0.35);
  assert.equal(snapped(7, 0.05, -1, 1), 1);
  assert.equal(snapped(-7, 0.05, -1, 1), -1);
});
