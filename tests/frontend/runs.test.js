import assert from "node:assert/strict";
import { test } from "node:test";

import { runs } from "../../frontend/js/runs.js";

test("a drag is one entry of the history; another thing, and the same after a pause, begins a new one", () => {
  let now = 0;
  const step = runs(() => now);
  const at = (time, what) => {
    now = time;
    return step(what);
  };
  assert.deepEqual([at(0, "moon"), at(900, "moon"), at(1800, "moon")], ["push", "replace", "replace"]);
  assert.deepEqual([at(1900, "days"), at(2000, "moon")], ["push", "push"]);
  assert.deepEqual([at(2999, "moon"), at(4000, "moon")], ["replace", "push"]);
});
