import assert from "node:assert/strict";
import { test } from "node:test";

import {
  DEFAULT_VIEW,
  DENSITIES,
  decode,
  encode,
  encodeForApi,
  encodeForFigure,
  fileCodec,
  furtherControls,
  LARGEST_TILE,
  MARK_FILTERS,
  SCALES,
  SMALLEST_TILE,
  SORT_KEYS,
  STACKS,
  TABS,
  TRAJECTORIES,
  VERDICTS,
  viewCodecOf,
} from "../../frontend/js/view.js";

/** A small deterministic generator, so that a failure can be repeated. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
}

function randomView(random) {
  const pick = (values) => values[Math.floor(random() * values.length)];
  const some = (values) => values.filter(() => random() < 0.4);
  const maybe = (value) => (random() < 0.5 ? null : value);
  return {
    ...DEFAULT_VIEW,
    tab: pick(TABS),
    size: maybe(Math.floor(random() * 2048)),
    sort: pick(["", "-"]) + pick([...SORT_KEYS, "column:heldout_error", "gap:depth"]),
    memorization_gte: maybe(Number((random() * 2 - 1).toFixed(6))),
    memorization_lte: maybe(Number((random() * 2 - 1).toFixed(6))),
    label: some([0, 1, 2, 5, 10, 99]),
    answer: some([0, 3]),
    verdict: some(VERDICTS),
    trajectory: some(TRAJECTORIES),
    flipped: pick([null, true, false]),
    width_gte: maybe(Number((random() * 2).toFixed(3))),
    width_lte: maybe(Number((random() * 2).toFixed(3))),
    mark: some(MARK_FILTERS),
    index: some([0, 17, 59_999]),
    column: maybe("depth"),
    column_gte: maybe(Number((random() * 80 - 40).toFixed(4))),
    column_lte: maybe(Number((random() * 80 - 40).toFixed(4))),
    tau: pick([0.05, 0.2, 0.35]),
    stack: pick(STACKS),
    scale: pick(SCALES),
    bins: maybe(2 + Math.floor(random() * 199)),
    matrix: pick([true, false]),
    tile: SMALLEST_TILE + Math.floor(random() * (LARGEST_TILE - SMALLEST_TILE + 1)),
    density: pick(DENSITIES),
    open: maybe(Math.floor(random() * 60_000)),
    comparison: pick([null, "?a=0123456789ab&b_gte=0.5"]),
    published: pick([null, "C-scores, Jiang & al. 2021", "猫"]),
  };
}

test("every view survives the way through the URL, and its URL is canonical", () => {
  const random = generator(7);
  for (let round = 0; round < 500; round += 1) {
    const view = randomView(random);
    const { view: back, unknown } = decode(encode(view));
    assert.deepEqual(back, view);
    assert.deepEqual(unknown, []);
    assert.equal(encode(back), encode(view));
  }
});

test("the default view has an empty URL", () => {
  assert.equal(encode({ ...DEFAULT_VIEW }), "");
  assert.deepEqual(decode("").view, DEFAULT_VIEW);
});

test("order and repetition in a URL do not matter", () => {
  const one = decode("?verdict=undecided&label=7&label=2&verdict=memorized&label=7").view;
  const other = decode("?label=2&label=7&verdict=memorized&verdict=undecided").view;
  assert.equal(encode(one), encode(other));
  assert.deepEqual(one.label, [2, 7]);
});

for (const [search, key] of [
  ["?tab=nowhere", "tab"],
  ["?size=-3", "size"],
  ["?size=2&size=4", "size"],
  ["?sort=beauty", "sort"],
  ["?sort=column:", "sort"],
  ["?sort=column:A", "sort"],
  ["?column=a:b", "column"],
  ["?column_gte=deep", "column_gte"],
  ["?memorization_gte=abc", "memorization_gte"],
  ["?memorization_lte=1.5", "memorization_lte"],
  ["?memorization_lte=", "memorization_lte"],
  ["?label=cat", "label"],
  ["?label=1&label=x", "label"],
  ["?verdict=maybe", "verdict"],
  ["?flipped=yes", "flipped"],
  ["?width_lte=2.5", "width_lte"],
  ["?index=-1", "index"],
  ["?tau=0", "tau"],
  ["?stack=color", "stack"],
  ["?scale=cubic", "scale"],
  ["?bins=1", "bins"],
  ["?tile=47", "tile"],
  ["?tile=257", "tile"],
  ["?density=more", "density"],
  ["?open=-1", "open"],
  ["?comparison=a", "comparison"],
  ["?colour=red", "colour"],
]) {
  test(`${search} is reported and leaves the default`, () => {
    const { view, unknown } = decode(search);
    assert.deepEqual(unknown, [key]);
    assert.deepEqual(view, DEFAULT_VIEW);
  });
}

test("a file has no further columns, and says so of an address that names some", () => {
  const { view, unknown } = fileCodec.decode("?sort=-column:depth&column=depth&column_gte=0.5&label=3");
  assert.deepEqual(unknown.sort(), ["column", "column_gte", "sort"]);
  assert.deepEqual(view, { ...DEFAULT_VIEW, label: [3] });
  assert.equal(fileCodec.encode({ ...view, sort: "-width" }), "?sort=-width&label=3");
});

test("the API gets everything but the tab, and lists as repeated keys", () => {
  const view = { ...DEFAULT_VIEW, tab: "explore", size: 128, label: [3, 8], flipped: false };
  const query = encodeForApi(view, { limit: 60, after: null, example: [5, 6] });
  assert.equal(query, "?size=128&label=3&label=8&flipped=false&limit=60&example=5&example=6");
  assert.equal(encodeForApi({ ...DEFAULT_VIEW, tab: "log", published: "C-scores", tile: 48, density: "full", open: 7 }), "");
});

test("how the histogram is drawn is for figures alone", () => {
  const view = { ...DEFAULT_VIEW, size: 8, stack: "label", scale: "log", bins: 20 };
  assert.equal(encodeForApi(view, { bins: view.bins }), "?size=8&bins=20");
  assert.equal(encodeForFigure(view), "?size=8&stack=label&scale=log&bins=20");
});

test("controls of a study's figures stay in the address as they are, in one order", () => {
  const codec = viewCodecOf(["frequency", "axes"]);
  const { view, unknown } = codec.decode("?frequency=4&tab=log&axes=x&axes=y&colour=red");
  assert.deepEqual(view.further, { frequency: ["4"], axes: ["x", "y"] });
  assert.deepEqual(unknown, ["colour"]);
  assert.equal(codec.encode(view), "?tab=log&axes=x&axes=y&frequency=4");
  assert.equal(encode({ ...view, tab: "overview" }), codec.encode({ ...view, tab: "overview" }), "links keep them");
  assert.equal(encodeForFigure(view), "", "each figure adds its own");
});

test("controls that the page has a place for are not further ones", () => {
  const figures = [{ controls: { properties: { tau: {}, stack: {}, frequency: {} } } }, { controls: {} }, { controls: { properties: { frequency: {} } } }];
  assert.deepEqual(furtherControls(figures), ["frequency"]);
});
