import assert from "node:assert/strict";
import { test } from "node:test";

import { fieldsOf } from "../../frontend/js/schema.js";
import { scaleOf } from "../../frontend/js/slider-scale.js";

const scale = (range) => scaleOf({ low: 0, high: 1, step: null, whole: false, log: false, ...range });
const values = ({ min, max, valueAt }) => Array.from({ length: max - min + 1 }, (_none, at) => valueAt(min + at));

test("an even scale has its values as positions, in steps that are given, whole or round", () => {
  assert.deepEqual([scale({ step: 0.25 }).step, scale({ low: 1, high: 30, whole: true }).step], [0.25, 1]);
  assert.deepEqual([scale({}).step, scale({ low: 0.1, high: 10 }).step, scale({ high: 7000 }).step], [0.005, 0.02, 20]);
  const { min, max, valueAt, positionOf } = scale({ low: 1, high: 30, whole: true });
  assert.deepEqual([min, max, valueAt(7), positionOf(7.4), positionOf(99), positionOf(-1)], [1, 30, 7, 7.4, 30, 1]);
});

for (const range of [
  { low: 0.001, high: 1000 },
  { low: 1, high: 10 },
  { low: 3, high: 17 },
  { low: 1, high: 60_000, whole: true },
  { low: 10, high: 10_000, whole: true, step: 10 },
]) {
  test(`a scale of factors goes from end to end, up at every step: ${JSON.stringify(range)}`, () => {
    const found = scale({ ...range, log: true });
    const all = values(found);
    assert.deepEqual([found.min, found.step, all[0], all.at(-1)], [0, 1, range.low, range.high]);
    assert.ok(all.every((value, at) => at === 0 || value > all[at - 1]));
    assert.deepEqual(all.map(found.positionOf), all.map((_value, at) => at));
    if (range.whole) assert.ok(all.every((value) => Number.isInteger(value / (range.step ?? 1))));
    const middle = found.valueAt(Math.round(found.max / 2)) / Math.sqrt(range.low * range.high);
    if (!range.whole) assert.ok(middle > 0.9 && middle < 1.1);
  });
}

test("values in between take the nearest factor, those beyond the end", () => {
  const { positionOf, valueAt, max } = scale({ low: 1, high: 1e6, log: true });
  for (const value of [1.04, 7.77, 1234.5]) assert.ok(Math.abs(Math.log(valueAt(positionOf(value)) / value)) < 0.07);
  assert.deepEqual([positionOf(0), positionOf(-5), positionOf(1e9)], [0, 0, max]);
});

test("factors read as people write them", () => {
  const written = values(scale({ low: 0.001, high: 1, log: true })).map(String);
  assert.ok(written.every((text) => text.replace(/^0\.0*/, "").length <= 2), written.join(" "));
});

test("there are no factors from 0 on", () => {
  assert.equal(scale({ low: 0, high: 10, log: true }).valueAt(5), 5);
});

test("a schema says which numbers have a slider, and on which scale", () => {
  const range = (property) => fieldsOf({ properties: { x: { default: 1, ...property } } })[0].range;
  assert.deepEqual(range({ type: "number", minimum: 0.1, maximum: 10, scale: "log", step: 0.1 }), { low: 0.1, high: 10, step: 0.1, whole: false, log: true });
  assert.deepEqual(range({ type: "integer", exclusiveMinimum: 0, maximum: 9 }), { low: 1, high: 9, step: null, whole: true, log: false });
  assert.equal(range({ type: "integer", minimum: 0 }), null);
  assert.equal(range({ type: "number", exclusiveMinimum: 0, maximum: 1 }), null, "no slider reaches an end that is excluded");
  assert.equal(range({ anyOf: [{ type: "integer", minimum: 2, maximum: 9 }, { type: "null" }], default: null }), null, "no slider stands for nothing");
  assert.equal(range({ type: "string", enum: ["a", "b"] }), null);
});
