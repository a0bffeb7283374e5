import assert from "node:assert/strict";
import { test } from "node:test";

import { figureTable } from "../../frontend/js/figure-table.js";
import { slidersOf, stepped } from "../../frontend/js/steps.js";

const trace = (name, y, visible) => ({ type: "scatter", mode: "lines", name, x: [0, 1], y, visible });
const step = (label, ...args) => ({ label, method: "update", args });
const figure = (steps, more) => ({
  data: [trace("p", [1, 2], true), trace("p", [3, 4], false), trace("paper", [5, 6])],
  layout: { title: { text: "Error", x: 0 }, meta: { summary: "One." }, sliders: [{ active: 1, currentvalue: { prefix: "p = ", suffix: " %" }, steps, ...more }] },
});
const SWITCHES = [
  step("<b>0</b>", { visible: [true, false] }, { "meta.summary": "At 0." }, [0, 1]),
  step("50", { visible: [false, true] }, { "meta.summary": "At 50.", "xaxis.range": [0, 2] }, [0, 1]),
];

test("sliders are named by what stands before their value, steps by their labels", () => {
  const [slider] = slidersOf(figure(SWITCHES));
  assert.equal(slider.name, "p");
  assert.equal(slider.active, 1);
  assert.deepEqual(slider.steps.map(({ label }) => label), ["0 %", "50 %"]);
  assert.deepEqual(slidersOf({ data: [], layout: {} }), []);
});

test("a step leaves the traces that it shows, and what the figure says of them", () => {
  const { data, layout } = stepped(figure(SWITCHES), [1]);
  assert.deepEqual(data.map(({ y }) => y), [[3, 4], [5, 6]], "traces that a step does not name stay");
  assert.deepEqual(layout, { title: { text: "Error · p 50 %", x: 0 }, meta: { summary: "At 50." }, xaxis: { range: [0, 2] } });
});

test("the table has the visible traces alone", () => {
  const { columns, rows } = figureTable(stepped(figure(SWITCHES), [0]));
  assert.deepEqual(columns, ["x", "p", "paper"]);
  assert.deepEqual(rows, [[0, 1, 5], [1, 2, 6]]);
});

test("values are dealt to all traces in turn, single ones go to each", () => {
  const restyle = { label: "a", method: "restyle", args: [{ visible: true, "line.width": [1, 2] }] };
  assert.deepEqual(stepped(figure([restyle]), [0]).data.map(({ line }) => line.width), [1, 2, 1]);
  const relayout = { label: "b", method: "relayout", args: [{ "title.text": "New" }] };
  const { data, layout } = stepped(figure([relayout], { currentvalue: undefined }), [0]);
  assert.equal(layout.title.text, "New · b");
  assert.equal(data.length, 2);
});

test("a figure is as the server sent it: not touched by its steps, and itself without sliders", () => {
  const original = figure(SWITCHES);
  const before = JSON.stringify(original);
  stepped(original, [1]);
  assert.equal(JSON.stringify(original), before);
  const plain = { data: [], layout: {} };
  assert.equal(stepped(plain, []), plain);
});
