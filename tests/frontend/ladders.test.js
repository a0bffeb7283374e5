import assert from "node:assert/strict";
import { test } from "node:test";

import { compact } from "../../frontend/js/format.js";
import { steps, toggled } from "../../frontend/js/ladders.js";

test("steps have names", () => {
  const widths = { title: "CNNs", size_name: "width", prefix: "width ", sizes: [2, 64] };
  assert.deepEqual(steps(widths), [
    { size: 2, name: "width 2" },
    { size: 64, name: "width 64" },
  ]);
  const depths = { title: "ResNets", size_name: "depth", prefix: "ResNet-", sizes: [110] };
  assert.deepEqual(steps(depths), [{ size: 110, name: "ResNet-110" }]);
});

test("counts of parameters are short", () => {
  assert.deepEqual([160, 532, 373834, 1727962].map(compact), ["160", "530", "370k", "1.7M"]);
});

test("a toggled size takes its place in the order; what is no number is kept", () => {
  assert.deepEqual(toggled([2, 64], 8, true), [2, 8, 64]);
  assert.deepEqual(toggled([2, 8, 64], 8, false), [2, 64]);
  assert.deepEqual(toggled([8, "x"], 8, true), [8, "x"]);
  assert.deepEqual(toggled(["x"], 4, true), [4, "x"]);
});
