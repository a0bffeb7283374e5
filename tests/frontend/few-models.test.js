import assert from "node:assert/strict";
import { test } from "node:test";

import { fewModels } from "../../frontend/js/components/few-models.js";

test("few models are said to be few, so far or for good", () => {
  const said = (/** @type {string} */ status, /** @type {number | null} */ models) => fewModels(/** @type {any} */ ({ status, few_models: models }));
  assert.equal(said("running", 3), "3 models so far");
  assert.equal(said("running", 1), "1 model so far");
  assert.equal(said("done", 12), "only 12 models of each size");
  assert.equal(said("done", null), "");
});
