import assert from "node:assert/strict";
import { test } from "node:test";

import { axisOf } from "../../frontend/js/beside.js";

const claim = (/** @type {any} */ values) => ({ unit: "share", measured: null, low: null, high: null, paper_number: null, ...values });

test("an axis holds values, whiskers and the paper's number", () => {
  const axis = axisOf([claim({ measured: 2, low: 1, high: 3 }), null, claim({ measured: 4, paper_number: 5 })]);
  assert.deepEqual([axis?.low, axis?.high], [1, 5]);
  assert.ok(axis && axis.at(1) > 0 && axis.at(5) < 1 && axis.at(1) < axis.at(5));
  assert.ok(Math.abs(axis.at(3) - 0.5) < 1e-12);
});

test("one value stands in the middle", () => {
  assert.equal(axisOf([claim({ measured: 0 })])?.at(0), 0.5);
});

test("there is no axis for other units, or without a measurement", () => {
  assert.equal(axisOf([claim({ measured: 1 }), claim({ measured: 2, unit: "m" })]), null);
  assert.equal(axisOf([claim({}), null]), null);
});
