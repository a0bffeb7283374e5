import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeLabs, encodeLab, encodeLabs } from "../../frontend/js/lab-view.js";
import { encodeParams, fieldsOf } from "../../frontend/js/schema.js";

const TIDES = fieldsOf({
  properties: {
    moon: { type: "number", minimum: 0.1, maximum: 10, default: 1 },
    shore: { enum: ["flat", "steep"], type: "string", default: "flat" },
    heights: { type: "array", items: { type: "number" }, default: [1] },
  },
});
const WINDS = fieldsOf({ properties: { moon: { type: "integer", default: 2 } } });
const LABS = [
  { name: "tides", fields: TIDES },
  { name: "winds", fields: WINDS },
];

test("where laboratories stand survives the way through the address", () => {
  const tides = { moon: 3.3, shore: "steep", heights: [0.5, 2] };
  const query = encodeLabs([
    ["tides", encodeParams(tides, { moon: 1, shore: "flat", heights: [1] })],
    ["winds", encodeParams({ moon: 5 }, { moon: 2 })],
  ]);
  assert.equal(query, "?lab=tides&moon=3.3&shore=steep&heights=0.5&heights=2&lab=winds&moon=5");
  const { states, named, unknown } = decodeLabs(query, LABS);
  assert.deepEqual([...states], [["tides", tides], ["winds", { moon: 5 }]]);
  assert.deepEqual([named, unknown], [["tides", "winds"], []]);
});

test("a laboratory at its defaults is left out, but has an address", () => {
  assert.equal(encodeLabs([["tides", ""], ["winds", "?moon=1"]]), "?lab=winds&moon=1");
  assert.equal(encodeLabs([["tides", ""]]), "");
  assert.equal(encodeLab("tides", ""), "?lab=tides");
  assert.equal(encodeLab("tides", "?moon=2"), "?lab=tides&moon=2");
  assert.deepEqual([...decodeLabs("?lab=tides", LABS).states], [["tides", {}]]);
});

test("what belongs to no laboratory is reported", () => {
  const { states, unknown } = decodeLabs("?moon=2&lab=gone&x=1&lab=tides&moon=4&sun=1", LABS);
  assert.deepEqual([...states], [["tides", { moon: 4 }]]);
  assert.deepEqual(unknown, ["moon", "lab=gone", "sun"]);
});
