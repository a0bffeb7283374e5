import assert from "node:assert/strict";
import { test } from "node:test";

import { hashStore } from "../../frontend/export/address.js";
import { roundTicks } from "../../frontend/export/chart.js";
import { histogram, kept, ordered, selected } from "../../frontend/export/crossfilter.js";
import { scoresCsv } from "../../frontend/export/csv.js";
import { memorization, newcombe } from "../../frontend/export/scores.js";
import { DEFAULT_VIEW } from "../../frontend/js/view.js";

const FACTS = {
  sizes: [4, 16],
  verdicts: ["memorized", "not_memorized", "undecided"],
  trajectories: ["constant", "increasing", "unresolved"],
  classes: ["cat", "=dog()", "cow, brown"],
};
/** Four examples at two sizes: one clean and certain, one flipped, one between, one without a score. */
const COUNTS = {
  n_in: [[10, 10, 10, 10], [10, 10, 10, 10]],
  k_in: [[10, 10, 5, 9], [10, 10, 10, 9]],
  n_out: [[10, 10, 10, 0], [10, 10, 10, 0]],
  k_out: [[10, 0, 5, 0], [10, 0, 5, 0]],
};
const at = (name, size, row) => COUNTS[name][size][row];
const TABLE = {
  length: 4,
  index: Uint8Array.of(0, 1, 2, 3),
  names: ["'-plain", 'with "quotes", and comma', "", "last"],
  label: Uint8Array.of(0, 1, 1, 2),
  flipped: Uint8Array.of(0, 1, 0, 0),
  trajectory: Uint8Array.of(0, 0, 1, 2),
  verdict: [Uint8Array.of(1, 0, 2, 2), Uint8Array.of(1, 0, 0, 2)],
  ...COUNTS,
  memorization: [0, 1].map((size) => Float64Array.from([0, 1, 2, 3], (row) => memorization(at("k_in", size, row), at("n_in", size, row), at("k_out", size, row), at("n_out", size, row)))),
  interval: (size, row) => newcombe(at("k_in", size, row), at("n_in", size, row), at("k_out", size, row), at("n_out", size, row), 1.96),
};

for (const [name, filter, rows] of [
  ["no filter keeps all", {}, [0, 1, 2, 3]],
  ["labels are alternatives", { label: [0, 2] }, [0, 3]],
  ["a verdict is that of the size", { verdict: ["memorized"] }, [1, 2]],
  ["types of trajectory", { trajectory: ["constant"] }, [0, 1]],
  ["filters hold together", { trajectory: ["constant"], flipped: true }, [1]],
  ["not flipped", { flipped: false }, [0, 2, 3]],
  ["chosen examples", { index: [2, 3, 99] }, [2, 3]],
  ["narrow intervals; one without a score has none", { width_lte: 0.6 }, [0, 1]],
  ["wide intervals", { width_gte: 0.6 }, [2]],
]) {
  test(name, () => {
    const keep = kept(TABLE, FACTS, 1, { ...DEFAULT_VIEW, ...filter });
    assert.deepEqual([...keep.keys()].filter((row) => keep[row]), rows);
  });
}

for (const [sort, rows] of [
  ["-memorization", [1, 2, 0, 3]],
  ["memorization", [0, 2, 1, 3]],
  ["-label", [3, 2, 1, 0]],
  ["label", [0, 1, 2, 3]],
  ["-change", [2, 1, 0, 3]],
  ["width", [1, 0, 2, 3]],
  ["-index", [3, 2, 1, 0]],
  ["heldout_accuracy", [1, 2, 0, 3]],
  ["-in_accuracy", [2, 1, 0, 3]],
]) {
  test(`in the order ${sort}, ties go by example in the same direction, undefined values come last`, () => {
    assert.deepEqual([...ordered(TABLE, 1, sort)], rows);
  });
}

test("a range holds both its ends and no example without a score", () => {
  const keep = new Uint8Array(4).fill(1);
  const order = Int32Array.of(1, 2, 0, 3);
  assert.deepEqual([...selected(order, keep, TABLE.memorization[1], 0.5, 1)], [1, 2]);
  assert.deepEqual([...selected(order, keep, TABLE.memorization[1], null, 0.5)], [2, 0]);
  assert.deepEqual([...selected(order, keep, TABLE.memorization[1], null, null)], [1, 2, 0, 3]);
  assert.deepEqual([...selected(order, Uint8Array.of(1, 0, 0, 1), TABLE.memorization[1], null, null)], [0, 3]);
});

test("a histogram counts what is kept, an inner edge with the bin above it, and exactly 0 and 1 apart", () => {
  const counts = histogram(TABLE.memorization[1], TABLE.flipped, Uint8Array.of(1, 1, 1, 1), [0, 0.5, 1]);
  assert.deepEqual(counts, { clean: [0, 1, 1, 0], flipped: [0, 0, 0, 1], n: 3, missing: 1, below_01: 1 / 3, above_09: 1 / 3 });
  const none = histogram(TABLE.memorization[1], TABLE.flipped, new Uint8Array(4), [0, 0.5, 1]);
  assert.deepEqual(none, { clean: [0, 0, 0, 0], flipped: [0, 0, 0, 0], n: 0, missing: 0, below_01: null, above_09: null });
});

test("the table of scores quotes names and leaves undefined numbers empty", () => {
  const lines = scoresCsv(FACTS, TABLE).split("\n");
  assert.equal(lines.length, 10);
  assert.equal(lines[0], "size,example,name,label,flipped,n_in,k_in,n_out,k_out,in_accuracy,heldout_accuracy,memorization,low,high,verdict,trajectory,label_name");
  assert.match(lines[1], /^4,0,''-plain,0,false,.*,not_memorized,constant,cat$/);
  assert.match(lines[2], /^4,1,"with ""quotes"", and comma",1,true,10,10,10,0,1,0,1,0\.\d+,1,memorized,constant,'=dog\(\)$/);
  assert.equal(lines[4], '4,3,last,2,false,10,9,0,0,0.9,,,,,undecided,unresolved,"cow, brown"');
});

test("the hash is the view: read at first, written on change, read again on the way back", () => {
  const calls = [];
  const host = {
    location: { hash: "#?size=4&flipped=true&colour=red" },
    history: { pushState: (_s, _t, url) => calls.push(["push", url]), replaceState: (_s, _t, url) => calls.push(["replace", url]) },
  };
  const store = hashStore(host);
  const seen = [];
  store.subscribe((view, previous) => seen.push([view.size, previous.size]));
  assert.deepEqual([store.get().size, store.get().flipped, store.unknown()], [4, true, ["colour"]]);
  store.set({ size: 16 });
  store.set({ size: 16 });
  store.set({ size: null, flipped: null }, { history: "replace" });
  assert.deepEqual(calls, [["push", "#?size=16&flipped=true"], ["replace", "#"]]);
  host.location.hash = "#?size=16&flipped=true";
  store.restore();
  assert.deepEqual(seen, [[16, 4], [null, 16], [16, null]]);
});

test("ticks stand at round numbers within the range", () => {
  assert.deepEqual(roundTicks(-0.26, 1).map(({ value }) => value), [0, 0.5, 1]);
  assert.deepEqual(roundTicks(0, 21033, 4).map(({ name }) => name), ["0", "10,000", "20,000"]);
  assert.deepEqual(roundTicks(0, 1).map(({ value }) => value), [0, 0.2, 0.4, 0.6, 0.8, 1]);
});
