import assert from "node:assert/strict";
import { test } from "node:test";

import { heap } from "../../frontend/js/heap.js";
import { decode, encode, HOME, wantedOf } from "../../frontend/js/home-view.js";
import { scoreOf, sidesOf, told } from "../../frontend/js/story.js";

const POLL = { had: [true, false, true, true, false], right: [true, true, false, true, false] };

test("the models asked so far make the score", () => {
  assert.equal(scoreOf(sidesOf(POLL, 1)), null, "nobody without the example was asked");
  assert.equal(scoreOf(sidesOf(POLL, 2)), 0);
  const all = sidesOf(POLL, 5);
  assert.deepEqual(all, { having: { had: 3, right: 2 }, without: { had: 2, right: 1 } });
  assert.equal(scoreOf(all), 2 / 3 - 1 / 2);
});

test("a story says no more than its numbers do", () => {
  const score = { memorization: 0.3, in_accuracy: 0.9, heldout_accuracy: 0.6, label_name: "a", original_label_name: "b", size: 8 };
  assert.match(told({ kind: "memorized", score }, "width").title, /highest score here/);
  assert.match(told({ kind: "memorized", score }, "width").text, /90 %.*60 %.*0\.30/);
  assert.match(told({ kind: "memorized", score: { ...score, memorization: 0.9 } }, "width").title, /by heart/);
  assert.match(told({ kind: "ordinary", score }, "width").text, /90 %.*60 %/);
  assert.match(told({ kind: "ordinary", score: { ...score, heldout_accuracy: 0.95 } }, "width").text, /^95 %.*nobody had to/);
  assert.match(told({ kind: "missed", score }, "width").text, /width 8/);
});

test("dots lie within the drawing, and no example is lost", () => {
  for (const counts of [[5000, 30, 0, 1, 600], [1], [3, 3, 3], [60000, ...Array(19).fill(0)]]) {
    const { each, size, dots } = heap(counts, 1000, 320);
    assert.ok(dots.length <= 420 + counts.length);
    counts.forEach((count, bin) => assert.equal(dots.filter((dot) => dot.bin === bin).length, Math.ceil(count / each)));
    assert.ok(dots.every(({ x, y }) => x >= 0 && x <= 1000 && y >= 0 && y <= 320), `size ${size}`);
    const places = new Set(dots.map(({ x, y }) => `${x.toFixed(3)},${y.toFixed(3)}`));
    assert.equal(places.size, dots.length, "no dot hides another");
  }
});

test("the first page is in its address", () => {
  const query = "?q=wide&state=done&story=all&asked=40";
  const { view, unknown } = decode(query);
  assert.deepEqual(unknown, []);
  assert.equal(encode(view), query);
  assert.deepEqual(wantedOf(view), { q: "wide", status: ["done"] });
  assert.equal(encode({ ...HOME }), "");
  assert.deepEqual(decode("?story=other").unknown, ["story"]);
});
