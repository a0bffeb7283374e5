import assert from "node:assert/strict";
import { test } from "node:test";

import { aligned } from "../../frontend/js/size-frames.js";

const bar = (name, x, y, rest = {}) => ({ type: "bar", name, x, y, width: x.map(() => 0.1), hovertext: x.map((one) => `at ${one}`), ...rest });
const end = (count) => ({ type: "bar", name: "clean", x: ["= 0"], y: [count], xaxis: "x2" });
const figure = (data, range, top) => ({
  data,
  layout: { xaxis: { range }, yaxis: { range: [0, top] }, annotations: [{ xref: "x2", text: `${data.at(-1).y[0]} ↑` }] },
});

const [small, large] = aligned([
  figure([bar("clean", [-0.1, 0, 0.1], [1, 2, 3]), end(40)], [-0.15, 1], 9),
  figure([bar("clean", [0, 0.1, 0.2], [4, 5, 6]), bar("flipped", [0.2], [7]), end(90)], [-0.05, 1], 60),
]);

test("all sizes have the same bars, of no height where they had none", () => {
  assert.deepEqual(small.data.map(({ name, xaxis }) => [name, xaxis]), [["clean", undefined], ["clean", "x2"], ["flipped", undefined]]);
  assert.deepEqual(small.data[0].x, [-0.1, 0, 0.1, 0.2]);
  assert.deepEqual([small.data[0].y, large.data[0].y], [[1, 2, 3, 0], [0, 4, 5, 6]]);
  assert.deepEqual([small.data[2].y, large.data[2].y], [[0], [7]]);
  assert.deepEqual(large.data[0].hovertext, ["at -0.1", "at 0", "at 0.1", "at 0.2"]);
  assert.equal(small.data[1].width, undefined);
});

test("the axes hold every size, and columns say on them whether they are cut off", () => {
  for (const { layout } of [small, large]) {
    assert.deepEqual([layout.xaxis.range, layout.yaxis.range], [[-0.15, 1], [0, 60]]);
  }
  assert.deepEqual([small, large].map(({ layout }) => layout.annotations[0].text), ["40", "90 ↑"]);
});
