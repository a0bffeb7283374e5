import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../frontend/js", import.meta.url));
/** From the ground up: a module may import from its own layer and from those before it. */
const LAYERS = ["base", "components", "panels", "pages", "main.js"];
/** What a module runs, what it loads later, and what it only takes types from. */
const RUN = /^(?:import|export)\b[^;]*?\bfrom\s+"(\.[^"]+)"/gm;
const LATER = /\bimport\("(\.[^"]+)"\)/g;
const TYPES = /@import\s[^*]*?\bfrom\s+"(\.[^"]+)"/g;

const files = readdirSync(ROOT, { recursive: true }).filter((name) => name.endsWith(".js"));
const sources = new Map(files.map((name) => [name, readFileSync(resolve(ROOT, name), "utf8")]));

function imported(name, ...patterns) {
  const found = patterns.flatMap((pattern) => [...sources.get(name).matchAll(pattern)].map(([, path]) => path));
  return found.map((path) => relative(ROOT, resolve(ROOT, dirname(name), path))).filter((path) => sources.has(path));
}

function layer(name) {
  const [folder] = name.split("/");
  return Math.max(0, LAYERS.indexOf(folder));
}

test("imports point one way: base, components, panels, pages, main", () => {
  assert.ok(files.length > 80 && layer("panels/panel.js") === 2);
  const upward = files.flatMap((name) =>
    imported(name, RUN, LATER, TYPES)
      .filter((other) => layer(other) > layer(name))
      .map((other) => `${name} imports ${other}`),
  );
  // Pages load their panels when they are shown, which is downward; nothing is let off.
  assert.deepEqual(upward, []);
});

test("no module needs itself to run", () => {
  const done = new Set();
  const circles = [];
  const follow = (name, path) => {
    if (path.includes(name)) circles.push([...path.slice(path.indexOf(name)), name].join(" -> "));
    else if (!done.has(name)) {
      for (const other of imported(name, RUN)) follow(other, [...path, name]);
      done.add(name);
    }
  };
  for (const name of files) follow(name, []);
  assert.deepEqual(circles, []);
});

test("the check sees every kind of import", () => {
  assert.ok(imported("main.js", LATER).includes("pages/home.js"));
  assert.ok(imported("pages/home.js", RUN).includes("api.js"));
  assert.ok(imported("panels/overview.js", TYPES).length === 0, "types of the API are no modules of the page");
  assert.ok(imported("pages/experiment.js", TYPES).includes("panels/panel.js"));
});
