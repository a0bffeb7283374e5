import assert from "node:assert/strict";
import { test } from "node:test";

import { ownData, withData } from "../../frontend/js/presets.js";
import { decodeParams, defaultsOf, encodeParams, fieldsOf } from "../../frontend/js/schema.js";

const data = { group: "Data" };
const fields = fieldsOf({
  properties: {
    dataset: { type: "string", default: "digits", format: "dataset", ...data },
    per_class: { anyOf: [{ type: "integer" }, { type: "null" }], default: null, ...data },
    label_noise: { type: "number", default: 0.1, only_with: { dataset: "digits" }, otherwise: 0, ...data },
    models: { type: "integer", default: 200, group: "Models" },
  },
});
const QUICK = { dataset: "digits", per_class: null, label_noise: 0.1, models: 200 };
const LARGE = { dataset: "mnist", per_class: 1000, label_noise: 0.1, models: 60 };
const MINE = { dataset: "mine", per_class: null, label_noise: 0, models: 200 };

test("label noise is the default of one data set alone, in fields and in addresses", () => {
  assert.equal(defaultsOf(fields).label_noise, 0.1);
  assert.equal(defaultsOf(fields, { dataset: "digits" }).label_noise, 0.1);
  assert.equal(defaultsOf(fields, { dataset: "mine" }).label_noise, 0);
  const { values } = decodeParams(fields, "?dataset=mine");
  assert.deepEqual({ ...defaultsOf(fields, values), ...values }, MINE);
  assert.equal(encodeParams({ ...MINE, label_noise: 0.1 }, defaultsOf(fields, MINE)), "?dataset=mine&label_noise=0.1");
});

test("a preset keeps the data set that somebody chose, and changes the one of another preset", () => {
  const presets = [QUICK, LARGE];
  assert.equal(ownData(fields, MINE, presets), true);
  assert.equal(ownData(fields, { ...LARGE, per_class: null, label_noise: 0 }, presets), true, "a listed one, chosen by hand");
  assert.equal(ownData(fields, QUICK, presets), false);
  assert.equal(ownData(fields, { ...LARGE, models: 10 }, presets), false);
  assert.equal(ownData(fieldsOf({ properties: { models: { type: "integer", group: "Models" } } }), { models: 1 }, []), false);
  assert.deepEqual(withData(fields, MINE, LARGE), { dataset: "mine", per_class: 1000, label_noise: 0, models: 60 });
});
