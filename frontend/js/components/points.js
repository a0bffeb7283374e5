/** A field of points in the plane: ready sets, each point as numbers, the whole as text, and handles in figures. */

import { h, replace, text } from "../dom.js";
import { icon } from "../icons.js";
import { pointEdits, readPoints, short, writePoints } from "../points.js";
import { pointsLayer } from "./points-layer.js";

/** @import { Field } from "../schema.js" */
/** @import { Point, PointsShape } from "../points.js" */
/** @typedef {import("./field.js").Control} Control */

const KEYS = "Drag a point, or choose it with Tab, Page up and Page down: arrow keys move it (with Shift by 1), C changes its class, Delete removes it.";

/**
 * @param {Field} field
 * @param {string} id
 * @returns {Control}
 */
export function pointsEditor(field, id) {
  const shape = /** @type {PointsShape} */ (field.points);
  const { classes } = shape;
  const edits = pointEdits(shape);
  let value = "";
  /** @type {((points: Point[]) => void)[]} */
  const layers = [];
  const read = () => readPoints(value) ?? [];

  const sets = shape.presets.map(([name, preset]) => {
    const button = h("button", { type: "button", class: "chip-button", onclick: () => change(readPoints(preset) ?? [], `${name}.`) }, name);
    return { button, preset };
  });
  const ofNew = h("select", { "aria-label": "Class of a new point" }, ...classes.map((name, at) => h("option", { value: at }, name)));
  const add = h("button", { type: "button", class: "button", onclick: () => added(...vacant(read())) }, icon("plus"), "Add a point");
  const count = h("summary", {});
  const rows = h("tbody", {});
  const whole = h("input", { type: "text", "aria-label": `${field.title} as text`, autocomplete: "off", spellcheck: "false" });
  const announced = h("p", { class: "visually-hidden", role: "status" });
  const table = h("table", { class: "points-table" }, h("thead", {}, h("tr", {}, ...["Class", "x", "y"].map((name) => h("th", { scope: "col" }, name)), h("th", {}, h("span", { class: "visually-hidden" }, "Remove")))), rows);
  const numbers = h("details", { class: "points-numbers" }, count, table, h("label", {}, "As text", whole));
  const element = h(
    "div",
    { id, role: "group", tabindex: -1, "aria-labelledby": `${id}-label`, class: "points" },
    sets.length > 0 && h("div", { class: "points-sets" }, ...sets.map(({ button }) => button)),
    h("div", { class: "points-add" }, add, classes.length > 1 && ofNew),
    numbers,
    h("p", { class: "field-help", id: `${id}-keys` }, KEYS),
    announced,
  );

  /** @param {Point} point @param {number} at */
  const told = ({ of, x, y }, at) => `Point ${at + 1}, class ${classes[of]}, at ${short(x)}, ${short(y)}.`;

  /**
   * Take other points, and tell the form.
   * @param {Point[]} points
   * @param {string} words for those who do not see it
   */
  const change = (points, words) => {
    const next = writePoints(points);
    text(announced, words);
    if (next === value) return;
    write(next);
    element.dispatchEvent(new Event("input", { bubbles: true }));
  };

  /** @param {number} at @param {Point[]} points */
  const altered = (at, points) => {
    const point = points[at];
    if (point) change(points, told(point, at));
  };

  /** @param {number} at */
  const remove = (at) => {
    const points = edits.removed(read(), at);
    change(points, points.length < read().length ? `Point ${at + 1} removed, ${points.length} left.` : `It takes at least ${shape.least}.`);
  };

  /** @param {number} x @param {number} y */
  const added = (x, y) => {
    const before = read();
    const points = edits.added(before, { of: Number(ofNew.value), x, y });
    if (points === before) change(before, `It takes at most ${shape.most}.`);
    else altered(points.length - 1, points);
  };

  /** @param {number} at */
  const row = (at) => {
    const name = `Point ${at + 1}`;
    const of = h("select", { "aria-label": `${name}, class`, onchange: () => altered(at, read().map((point, place) => (place === at ? { ...point, of: Number(of.value) } : point))) }, ...classes.map((known, number) => h("option", { value: number }, known)));
    const [x, y] = ["x", "y"].map((axis) =>
      h("input", {
        type: "text",
        inputmode: "decimal",
        autocomplete: "off",
        "aria-label": `${name}, ${axis}`,
        oninput: (/** @type {Event} */ event) => event.stopPropagation(), // half a number is no place
        onchange: () => {
          const [toX, toY] = [Number(x?.value.replace(",", ".")), Number(y?.value.replace(",", "."))];
          if (Number.isFinite(toX) && Number.isFinite(toY)) altered(at, edits.moved(read(), at, toX, toY));
          show();
        },
      }),
    );
    const drop = h("button", { type: "button", class: "icon-button", "aria-label": `Remove point ${at + 1}`, onclick: () => remove(at) }, icon("close"));
    return h("tr", {}, h("td", {}, of), h("td", {}, x ?? ""), h("td", {}, y ?? ""), h("td", {}, drop));
  };

  const show = () => {
    const points = readPoints(value);
    for (const { button, preset } of sets) button.setAttribute("aria-pressed", String(preset === value));
    text(count, points ? `${points.length} ${points.length === 1 ? "point" : "points"} as numbers` : "Points that cannot be read");
    if (document.activeElement !== whole) whole.value = value;
    if (points === null) numbers.open = true;
    const known = points ?? [];
    if (rows.children.length > known.length) replace(rows, ...[...rows.children].slice(0, known.length));
    while (rows.children.length < known.length) rows.append(row(rows.children.length));
    known.forEach((point, at) => {
      const [of, x, y] = /** @type {(HTMLInputElement | HTMLSelectElement)[]} */ ([...(rows.children[at]?.querySelectorAll("select, input") ?? [])]);
      if (of) of.value = String(point.of);
      if (x) x.value = short(point.x);
      if (y) y.value = short(point.y);
    });
    add.disabled = known.length >= shape.most;
    for (const update of layers) update(known);
  };

  /** @param {string} next */
  const write = (next) => {
    value = next;
    show();
  };

  whole.addEventListener("input", () => write(whole.value.trim()));

  return {
    element,
    input: element,
    read: () => value,
    write: (next) => write(String(next ?? "")),
    attach(frame, adds) {
      const moves = {
        /** @type {import("./points-layer.js").Moves["move"]} */
        move: (at, x, y) => altered(at, edits.moved(read(), at, x, y)),
        remove,
        /** @param {number} at */
        turn: (at) => altered(at, edits.turned(read(), at)),
        add: adds ? added : null,
      };
      const update = pointsLayer(frame, classes, moves, { title: field.title, help: `${id}-keys` });
      layers.push(update);
      update(read());
    },
  };
}

/**
 * A place near the middle of the points that none of them has.
 * @param {Point[]} points
 * @returns {[number, number]}
 */
function vacant(points) {
  for (let ring = 1; ; ring += 1) {
    const found = [[0, ring], [ring, 0], [0, -ring], [-ring, 0]].find(([x, y]) => !points.some((point) => point.x === x && point.y === y));
    if (found) return [found[0] ?? 0, found[1] ?? 0];
  }
}
