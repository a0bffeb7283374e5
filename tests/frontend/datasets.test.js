import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeSample, encodeSample } from "../../frontend/js/dataset-view.js";
import { isHere, pictureSize, preparing, stateWords } from "../../frontend/js/datasets.js";
import { changedPairs, noiseFigure } from "../../frontend/js/noise-figure.js";

const MNIST = { source: "torchvision", title: "MNIST, handwritten digits", state: "preparing", progress: 0.43, height: 28, width: 28, channels: 1, download_bytes: 11_594_722, lying: null };
const NOISE = { classes: ["cat", "dog", "a<b>"], matrix: [[8, 1, 0], [3, 7, 2], [0, 0, 9]], n: 30, changed: 6, examples: [] };

test("the sample of a data set survives its address", () => {
  for (const view of [{ part: "train", sample: 0, corruption: 0.5, budget: "" }, { part: "test", sample: 12, corruption: 0.3, budget: "hour" }]) {
    assert.deepEqual(decodeSample(encodeSample(view)), { view, unknown: [] });
  }
  assert.equal(encodeSample({ part: "train", sample: 0, corruption: 0.5, budget: "" }), "");
  const bad = decodeSample("?part=all&sample=-1&corruption=0.55");
  assert.deepEqual(bad, { view: { part: "train", sample: 0, corruption: 0.5, budget: "" }, unknown: ["part", "sample", "corruption"] });
});

test("a data set says what it waits for", () => {
  assert.equal(preparing(MNIST), "Downloading MNIST, 43 %");
  assert.equal(preparing({ ...MNIST, source: "upload", title: "Mine" }), "Reading the pictures of Mine, 43 %");
  assert.equal(stateWords({ ...MNIST, state: "absent" }), "It is downloaded first (12 MB)");
  assert.equal(pictureSize(MNIST), "28 × 28 gray");
  const here = { ...MNIST, state: "absent", lying: { missing: [] } };
  assert.equal(isHere(here), true);
  assert.equal(stateWords(here), "It lies on this machine and is read first");
  assert.equal(isHere({ ...here, lying: { missing: ["train"] } }), false);
  assert.equal(isHere({ ...MNIST, state: "absent" }), false);
});

test("changed labels are listed as pairs, most frequent first", () => {
  assert.deepEqual(changedPairs(NOISE), [
    { true: "dog", given: "cat", count: 3 },
    { true: "dog", given: "a<b>", count: 2 },
    { true: "cat", given: "dog", count: 1 },
  ]);
});

test("the figure leaves the diagonal out and takes names as they are", () => {
  const { data } = noiseFigure(NOISE, 600, ["white", "black"]);
  assert.deepEqual(data[0].z, [[null, 1, 0], [3, null, 2], [0, 0, null]]);
  assert.equal(data[0].customdata[1][2][1], "a&lt;b>");
});
