import assert from "node:assert/strict";
import { test } from "node:test";

import { compareCodec, DEFAULT_COMPARISON, PAIR_KEYS, swapped } from "../../frontend/js/compare-view.js";
import { signed } from "../../frontend/js/format.js";

const { decode, encode } = compareCodec;
const [A, B] = ["0123456789ab", "ba9876543210"];
const FULL = `?a=${A}&b=${B}&a_size=2&b_size=256&rate=0.1&moved=up&sort=difference&a_gte=-0.1&a_lte=0.25&b_gte=0.5&b_lte=1&label=3&label=4`;

test("a link comes back as it was, in canonical order", () => {
  assert.equal(encode(decode(FULL).view), FULL);
  assert.deepEqual(decode(FULL).unknown, []);
  const shuffled = `?${FULL.slice(1).split("&").reverse().join("&")}`;
  assert.equal(encode(decode(shuffled).view), FULL);
});

test("defaults need no words", () => {
  assert.equal(encode(DEFAULT_COMPARISON), "");
  assert.deepEqual(decode(""), { view: DEFAULT_COMPARISON, unknown: [] });
  assert.equal(encode(decode("?rate=0.05&sort=-magnitude").view), "");
});

test("what cannot be read is left out and named", () => {
  const { view, unknown } = decode(`?a=${A}&b=me&rate=0.2&moved=away&a_gte=2&color=red&b_size=wide`);
  assert.deepEqual(view, { ...DEFAULT_COMPARISON, a: A });
  assert.deepEqual(unknown.sort(), ["a_gte", "b", "b_size", "color", "moved", "rate"]);
});

test("the pair alone is what figure and numbers depend on", () => {
  assert.equal(encode(decode(FULL).view, PAIR_KEYS), `?a=${A}&b=${B}&a_size=2&b_size=256&rate=0.1`);
});

test("swapping twice changes nothing but the label, which each side numbers for itself", () => {
  const { view } = decode(FULL);
  const once = swapped(view, { a: 2, b: 256 });
  assert.equal(encode(once), `?a=${B}&b=${A}&a_size=256&b_size=2&rate=0.1&moved=down&sort=-difference&a_gte=0.5&a_lte=1&b_gte=-0.1&b_lte=0.25`);
  assert.deepEqual(swapped(once, { a: 256, b: 2 }), { ...view, label: [] });
});

test("differences carry their sign, unless they round to nothing", () => {
  assert.deepEqual([0.5, -0.25, 0, 0.001, -0.001].map((value) => signed(value)), ["+0.50", "−0.25", "0.00", "0.00", "0.00"]);
});
