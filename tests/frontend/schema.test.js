import assert from "node:assert/strict";
import { test } from "node:test";

import { applies, decodeParams, defaultsOf, encodeParams, fieldsOf, grouped, parse, print } from "../../frontend/js/schema.js";

const SCHEMA = {
  $defs: { Mode: { enum: ["fast", "exact"], type: "string", title: "Mode" } },
  properties: {
    dataset: { const: "digits", default: "digits", type: "string" },
    mode: { $ref: "#/$defs/Mode", default: "fast", description: "How." },
    widths: { type: "array", items: { type: "integer", minimum: 1, maximum: 2048 }, default: [2, 16] },
    models: { type: "integer", minimum: 10, maximum: 4000, default: 200, title: "Models" },
    rate: { type: "number", exclusiveMinimum: 0, maximum: 10, default: 0.1 },
    limit: { anyOf: [{ type: "integer" }, { type: "null" }], default: null },
    augment: { type: "boolean", default: false },
    names: { type: "array", items: { type: "string" }, default: [] },
    parts: {
      type: "array",
      items: { $ref: "#/$defs/Mode" },
      minItems: 1,
      maxItems: 2,
      default: ["fast"],
      labels: { fast: "quickly" },
      notes: { exact: "to the last digit" },
    },
    shares: { type: "array", items: { type: "number", minimum: 0, maximum: 1 }, default: [0, 0.5] },
  },
};
const fields = fieldsOf(SCHEMA);
const field = (name) => fields.find((candidate) => candidate.name === name);

test("fields come in the schema's order, and those that leave no choice say so", () => {
  assert.deepEqual(
    fields.map(({ name, kind }) => [name, kind]),
    [
      ["dataset", "choice"],
      ["mode", "choice"],
      ["widths", "list"],
      ["models", "integer"],
      ["rate", "number"],
      ["limit", "integer"],
      ["augment", "boolean"],
      ["names", "list"],
      ["parts", "choices"],
      ["shares", "list"],
    ],
  );
  assert.deepEqual(fields.filter(({ fixed }) => fixed).map(({ name }) => name), ["dataset"]);
  assert.deepEqual(
    fieldsOf({ properties: { nothing: { type: "null", default: null }, none: { type: "array", maxItems: 0, default: [] } } }).map(({ fixed }) => fixed),
    [true, true],
  );
  const single = (more) => fieldsOf({ properties: { one: { type: "array", items: { enum: ["a"] }, default: ["a"], ...more } } })[0];
  assert.equal(single({ minItems: 1 }).fixed, true);
  assert.equal(single({}).fixed, false, "it may be left out");
});

test("references bring their options and keep the field's own words", () => {
  assert.deepEqual(field("mode").options, ["fast", "exact"]);
  assert.equal(field("mode").description, "How.");
});

test("limits are told in words", () => {
  assert.equal(field("models").limits, "From 10 to 4,000.");
  assert.equal(field("rate").limits, "Above 0 to 10.");
  assert.equal(field("widths").limits, "Whole numbers from 1 to 2,048, separated by commas.");
  assert.equal(field("augment").limits, "");
  assert.equal(field("names").limits, "One per line.");
  assert.equal(field("parts").limits, "At least 1.");
  assert.equal(field("shares").limits, "Numbers from 0 to 1, separated by commas.");
});

test("any of several options keep their words and come in the schema's order", () => {
  const { options, labels, notes } = field("parts");
  assert.deepEqual([options, labels, notes], [["fast", "exact"], { fast: "quickly" }, { exact: "to the last digit" }]);
  assert.deepEqual(parse(field("parts"), "exact\nfast"), ["fast", "exact"]);
  assert.deepEqual(parse(field("parts"), ""), []);
});

test("texts become JSON values; what is no number is left for the server to refuse", () => {
  assert.equal(parse(field("models"), " 400 "), 400);
  assert.equal(parse(field("models"), "many"), "many");
  assert.equal(parse(field("models"), ""), null);
  assert.deepEqual(parse(field("widths"), "2, 4;8 16"), [2, 4, 8, 16]);
  assert.deepEqual(parse(field("widths"), "2, x"), [2, "x"]);
  assert.deepEqual(parse(field("shares"), "0, 0.1; .5 1e-2"), [0, 0.1, 0.5, 0.01]);
  assert.deepEqual(parse(field("names"), "a, b\n\n  New York \n"), ["a, b", "New York"], "names hold spaces and commas");
  assert.equal(parse(field("augment"), "true"), true);
  assert.equal(parse(field("augment"), "false"), false);
  assert.equal(parse(field("mode"), "exact"), "exact");
});

test("cloned parameters come back from their link as they were", () => {
  const params = {
    mode: "exact",
    widths: [2, 4, 256],
    models: 400,
    rate: 0.05,
    limit: null,
    augment: true,
    names: ["a, b", "New York"],
    parts: ["fast", "exact"],
    shares: [0, 0.1],
  };
  const { values, title, unknown } = decodeParams(fields, encodeParams(params, {}, "A & B"));
  assert.deepEqual(values, params);
  assert.equal(title, "A & B");
  assert.deepEqual(unknown, []);
});

test("an empty list survives its link", () => {
  assert.equal(encodeParams({ widths: [] }, { widths: [2] }), "?widths=");
  assert.deepEqual(decodeParams(fields, "?widths=&names=").values, { widths: [], names: [] });
  assert.deepEqual(decodeParams(fields, "?parts="), { values: { parts: [] }, title: "", unknown: [] });
});

test("a link may separate numbers by commas too, but no names", () => {
  assert.deepEqual(decodeParams(fields, "?widths=2,8&names=a,b").values, { widths: [2, 8], names: ["a,b"] });
});

test("a link leaves defaults out and reports names that the study does not know", () => {
  const defaults = Object.fromEntries(fields.map(({ name, value }) => [name, value]));
  assert.equal(encodeParams({ ...defaults, models: 400 }, defaults), "?models=400");
  assert.deepEqual(decodeParams(fields, "?models=400&colour=red").unknown, ["colour"]);
});

test("a link reports values that no control can show", () => {
  assert.deepEqual(decodeParams(fields, "?dataset=digits&parts=fast").unknown, []);
  assert.deepEqual(decodeParams(fields, "?dataset=mnist&parts=fast&parts=slow").unknown, ["dataset", "parts"]);
  const nothing = fieldsOf({ properties: { nothing: { type: "null", default: null }, none: { type: "array", maxItems: 0, default: [] } } });
  assert.deepEqual(decodeParams(nothing, encodeParams({ nothing: null, none: [] })).unknown, [], "a clone's own link");
  assert.deepEqual(decodeParams(nothing, "?nothing=one&none=").unknown, ["nothing"]);
});

test("values print as the text of their field", () => {
  assert.equal(print([2, 4]), "2, 4");
  assert.equal(print(null), "");
  assert.equal(print(false), "false");
});

const FORM = fieldsOf({
  properties: {
    dataset: { type: "string", default: "digits", group: "Data", format: "dataset" },
    family: { enum: ["mlp", "resnet"], default: "mlp", group: "Models", labels: { mlp: "MLPs" } },
    sizes: {
      type: "array",
      items: { type: "integer" },
      default: [2, 4],
      group: "Models",
      ladders: {
        mlp: { title: "MLPs", size_name: "width", sizes: [2, 4] },
        resnet: { title: "ResNets", size_name: "depth", sizes: [8, 14] },
      },
    },
    layers: { type: "integer", default: 1, group: "Models", when: { family: ["mlp"] } },
    noise: { type: "number", default: 0, group: "Data", advanced: true },
  },
});

test("fields gather under their headings, rare ones apart", () => {
  const names = (members) => members.map(({ name }) => name);
  assert.deepEqual(
    grouped(FORM).map(({ title, usual, advanced }) => [title, names(usual), names(advanced)]),
    [
      ["Data", ["dataset"], ["noise"]],
      ["Models", ["family", "sizes", "layers"], []],
    ],
  );
});

test("a field applies only beside the values that it names", () => {
  const layers = FORM.find(({ name }) => name === "layers");
  assert.equal(applies(layers, { family: "mlp" }), true);
  assert.equal(applies(layers, { family: ["resnet", "mlp"] }), true);
  assert.equal(applies(layers, { family: [] }), false);
  assert.equal(applies(layers, { family: "resnet" }), false);
  assert.equal(applies(FORM[0], {}), true);
});

test("another family has its own ladder as default", () => {
  assert.deepEqual(defaultsOf(FORM).sizes, [2, 4]);
  assert.deepEqual(defaultsOf(FORM, { family: "resnet" }).sizes, [8, 14]);
  assert.deepEqual(defaultsOf(FORM, { family: "unheard of" }).sizes, [2, 4]);
});
