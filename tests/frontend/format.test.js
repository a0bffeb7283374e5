import assert from "node:assert/strict";
import { test } from "node:test";

import { amount, measurement, told } from "../../frontend/js/format.js";

test("a measured number is told from 0, however small", () => {
  const numbers = { 0: "0", 2e-10: "2.0 × 10⁻¹⁰", 8.149e-5: "8.1 × 10⁻⁵", 0.000499: "5.0 × 10⁻⁴", 0.0005: "0.001", 0.0076: "0.008" };
  for (const [value, words] of Object.entries(numbers)) assert.equal(measurement(Number(value), 3), words);
  assert.equal(measurement(-3.04e-12, 2), "−3.0 × 10⁻¹²");
  assert.equal(measurement(-0.0278, 3), "−0.028");
});

test("a measured number is told from 1, however near", () => {
  const numbers = { 1: "1.00", 0.996: "0.9960", 0.99996: "0.99996", 0.9999995: "0.9999995", 1.0076: "1.0076", 0.99: "0.99", 0.98405: "0.98", 1.02: "1.02", 4.978: "4.98" };
  for (const [value, words] of Object.entries(numbers)) assert.equal(measurement(Number(value), 2), words);
  assert.equal(measurement(0.1 + 0.2 + 0.7, 2), "1.00");
  assert.equal(measurement(1 - 2e-16, 2), "1.00");
});

test("so many of what has a plural name", () => {
  assert.deepEqual([amount(1, "networks"), amount(0, "repetitions"), amount(1200, "waves")], ["1 network", "0 repetitions", "1,200 waves"]);
});

test("a phrase is told as a sentence, once", () => {
  assert.deepEqual(["waves from end to end", "How it falls.", "", "Why?"].map(told), ["Waves from end to end.", "How it falls.", "", "Why?"]);
});
