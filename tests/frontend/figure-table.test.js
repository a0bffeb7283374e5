import assert from "node:assert/strict";
import { test } from "node:test";

import { csv, decoded, figureTable } from "../../frontend/js/figure-table.js";

const bytes = (array) => Buffer.from(array.buffer).toString("base64");
const typed = (dtype, array, shape) => ({ dtype, bdata: bytes(array), ...(shape && { shape }) });
const axis = (text) => ({ title: { text } });

test("arrays as plotly.py writes them are read, with holes where a number is none", () => {
  assert.deepEqual(decoded(typed("f8", Float64Array.of(0.5, NaN, 2))), [0.5, null, 2]);
  assert.deepEqual(decoded(typed("i2", Int16Array.of(-3, 300))), [-3, 300]);
  assert.deepEqual(decoded(typed("u1", Uint8Array.of(1, 2, 3, 4, 5, 6), "2, 3")), [[1, 2, 3], [4, 5, 6]]);
  assert.deepEqual(decoded(["a", 1]), ["a", 1]);
  assert.deepEqual(decoded(undefined), []);
});

test("curves over the same x become columns, with their bars and without bands", () => {
  const data = [
    { type: "scatter", hoverinfo: "skip", fill: "toself", x: [2, 4, 4, 2], y: [1, 1, 0, 0] },
    { type: "scatter", mode: "lines+markers", name: "held-out", x: [2, 4], y: [0.1, 0.2], error_y: { array: [0.01, 0.02] } },
    { type: "scatter", mode: "lines", name: "test", x: [4, 8], y: [0.3, 0.4] },
  ];
  assert.deepEqual(figureTable({ data, layout: { xaxis: axis("width"), yaxis: axis("accuracy") } }), {
    columns: ["width", "held-out", "held-out ±", "test"],
    rows: [
      [2, 0.1, 0.01, null],
      [4, 0.2, 0.02, 0.3],
      [8, null, null, 0.4],
    ],
  });
});

test("subplots are named by their titles and titled by the shared notes", () => {
  const note = (text, x, y, yanchor, more) => ({ text, x, y, yanchor, xref: "paper", yref: "paper", ...more });
  const bars = (xaxis, y) => ({ type: "bar", name: "clean", xaxis, yaxis: xaxis.replace("x", "y"), x: [0.1, 0.3], hovertext: ["0 to 0.2", "0.2 to 0.4"], y });
  const layout = {
    xaxis: { domain: [0, 0.4] },
    yaxis: { domain: [0, 1] },
    xaxis2: { domain: [0.6, 1] },
    yaxis2: { domain: [0, 1] },
    annotations: [
      note("<b>width 2</b><br>3 % below", 0.2, 1, "bottom"),
      note("<b>A &amp; B &lt; C</b>", 0.8, 1, "bottom"),
      note("score", 0.5, 0, "top"),
      note("share", 0, 0.5, "middle", { textangle: -90 }),
    ],
  };
  assert.deepEqual(figureTable({ data: [bars("x", [1, 2]), bars("x2", [3, 4])], layout }), {
    columns: ["panel", "score", "center", "share"],
    rows: [
      ["width 2", "0 to 0.2", 0.1, 1],
      ["width 2", "0.2 to 0.4", 0.3, 2],
      ["A & B < C", "0 to 0.2", 0.1, 3],
      ["A & B < C", "0.2 to 0.4", 0.3, 4],
    ],
  });
});

test("bars in several parts of one axis are one column, and say what they count", () => {
  const bars = (xaxis, name, x, y, hovertext) => ({ type: "bar", xaxis, name, x, y, ...(hovertext && { hovertext }) });
  const data = [
    bars("x", "clean", [0.1, 0.3], [1, 2], ["0 to 0.2", "0.2 to 0.4"]),
    bars("x2", "clean", ["exactly 0"], [7]),
    bars("x", "flipped", [0.1, 0.3], [0, 4], ["0 to 0.2", "0.2 to 0.4"]),
  ];
  assert.deepEqual(figureTable({ data, layout: { xaxis: axis("score"), xaxis2: {}, yaxis: axis("examples") } }), {
    columns: ["score", "center", "clean, examples", "flipped, examples"],
    rows: [
      ["0 to 0.2", 0.1, 1, 0],
      ["0.2 to 0.4", 0.3, 2, 4],
      ["exactly 0", null, 7, null],
    ],
  });
});

test("panels with other axes have columns of their own, and are named by their column", () => {
  const note = (text, x) => ({ text, x, y: 0.9, yanchor: "bottom", xref: "paper", yref: "paper" });
  const layout = {
    xaxis: { domain: [0, 0.4], matches: "x3" },
    xaxis2: { domain: [0.6, 1], matches: "x4" },
    xaxis3: { domain: [0, 0.4], ...axis("step") },
    xaxis4: { domain: [0.6, 1], ...axis("step") },
    yaxis: { domain: [0.6, 0.9], ...axis("loss") },
    yaxis2: { domain: [0.6, 0.9], matches: "y" },
    yaxis3: { domain: [0, 0.4], ...axis("accuracy") },
    yaxis4: { domain: [0, 0.4], matches: "y3" },
    annotations: [note("<b>one</b>", 0.2), note("<b>other</b>", 0.8)],
  };
  const line = (number, y) => ({ type: "scatter", name: "true labels", xaxis: `x${number}`, yaxis: `y${number}`, x: [10], y: [y] });
  assert.deepEqual(figureTable({ data: [line("", 2.3), line(2, 2.2), line(3, 0.1), line(4, 0.2)], layout }), {
    columns: ["panel", "step", "loss", "accuracy"],
    rows: [
      ["one", 10, 2.3, null],
      ["other", 10, 2.2, null],
      ["one", 10, null, 0.1],
      ["other", 10, null, 0.2],
    ],
  });
});

test("points get a row each, with the columns that they name", () => {
  const data = [
    { type: "scattergl", mode: "markers", name: "a", x: [1, 1], y: [2, 3], customdata: [[7, "cat"], [8, "dog"]], meta: { columns: ["example", "name"] } },
    { type: "scattergl", mode: "markers", name: "b", x: [1], y: [9], customdata: [5], meta: { columns: ["example"] } },
  ];
  assert.deepEqual(figureTable({ data, layout: { xaxis: axis("here"), yaxis: axis("published") } }), {
    columns: ["series", "here", "published", "example", "name"],
    rows: [
      ["a", 1, 2, 7, "cat"],
      ["a", 1, 3, 8, "dog"],
      ["b", 1, 9, 5, null],
    ],
  });
});

test("two curves of one name lose nothing", () => {
  const curve = (y) => ({ type: "scatter", mode: "lines", x: [1], y: [y] });
  assert.deepEqual(figureTable({ data: [curve(2), curve(3)], layout: {} }), { columns: ["x", "y"], rows: [[1, 2], [1, 3]] });
});

test("a heatmap is a row per cell that has a value", () => {
  const z = typed("i4", Int32Array.of(1, 2, 3, 4), "2, 2");
  const trace = { type: "heatmap", x: ["u", "v"], y: [0.5, 1.5], z, colorbar: { title: { text: "examples" } } };
  const { columns, rows } = figureTable({ data: [trace], layout: { xaxis: axis("type"), yaxis: axis("score") } });
  assert.deepEqual(columns, ["type", "score", "examples"]);
  assert.deepEqual(rows, [["u", 0.5, 1], ["v", 0.5, 2], ["u", 1.5, 3], ["v", 1.5, 4]]);
  assert.deepEqual(figureTable({ data: [{ type: "heatmap", z: [[null, 5]] }], layout: {} }), { columns: ["x", "y", "value"], rows: [[1, 0, 5]] });
});

test("a Sankey diagram is a row per flow", () => {
  const trace = { type: "sankey", node: { label: ["low", "high"] }, link: { source: [0, 1], target: [1, 0], value: [3, 4] } };
  assert.deepEqual(figureTable({ data: [trace], layout: {} }), { columns: ["from", "to", "value"], rows: [["low", "high", 3], ["high", "low", 4]] });
});

test("an empty drawing is an empty table", () => {
  assert.deepEqual(figureTable({ data: [], layout: {} }).rows, []);
});

test("CSV runs nothing in a spreadsheet: names of classes are texts", () => {
  const table = { columns: ["=1+1", "n"], rows: [["@x", -0.5], ["'-y", 2], ["plain", null]] };
  assert.equal(csv(table), "'=1+1,n\r\n'@x,-0.5\r\n''-y,2\r\nplain,\r\n");
});

test("CSV keeps commas, quotes, lines and holes", () => {
  assert.equal(csv({ columns: ["name", "n"], rows: [['big cat, "striped"', 0.1], ["a\nb", null]] }), 'name,n\r\n"big cat, ""striped""",0.1\r\n"a\nb",\r\n');
});
