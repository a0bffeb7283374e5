/** Handles over a figure, one for each point of a field: the mouse, a finger or the keyboard moves them. */

import { h } from "../dom.js";
import { short, snapped, stepOf } from "../points.js";

/** @import { Point } from "../points.js" */
/** @typedef {import("./figure-frame.js").FigureFrame} FigureFrame */

/**
 * @typedef {object} Moves what the layer asks for; the points then come back through `update`
 * @property {(at: number, x: number, y: number) => void} move
 * @property {(at: number) => void} remove
 * @property {(at: number) => void} turn into the next class
 * @property {((x: number, y: number) => void) | null} add by a double click
 */

/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
/** @type {Record<string, (at: number, count: number) => number>} */
const PLACES = { PageDown: (at, count) => (at + 1) % count, PageUp: (at, count) => (at + count - 1) % count, Home: () => 0, End: (_at, count) => count - 1 };
const STEP = 0.1;
const LARGE_STEP = 1;

/**
 * @param {FigureFrame} frame of a figure with plain axes in the units of the points
 * @param {string[]} classes
 * @param {Moves} moves
 * @param {{ title: string, help: string }} words `help` is the id of what tells the keys
 * @returns {(points: Point[]) => void} called with the points after every change
 */
export function pointsLayer({ plot }, classes, moves, { title, help }) {
  const layer = h("div", { class: "points-layer", role: "group", "aria-label": title });
  /** @type {HTMLButtonElement[]} */
  let handles = [];
  /** @type {Point[]} */
  let points = [];
  let current = 0; // the handle that Tab reaches

  const axes = () => plot._fullLayout ?? null;

  /** @param {Point} point @param {number} at */
  const told = ({ of, x, y }, at) => `Point ${at + 1} of ${points.length}, class ${classes[of] ?? "unknown"}, at ${short(x)}, ${short(y)}`;

  const place = () => {
    const found = axes();
    layer.hidden = !found;
    if (!found) return;
    const { xaxis, yaxis } = found;
    layer.style.left = `${plot.offsetLeft}px`;
    layer.style.top = `${plot.offsetTop}px`;
    points.forEach((point, at) => {
      const handle = handles[at];
      if (!handle) return;
      const [left, top] = [xaxis.l2p(point.x), yaxis.l2p(point.y)];
      handle.hidden = !(left >= 0 && left <= xaxis._length && top >= 0 && top <= yaxis._length);
      handle.style.left = `${xaxis._offset + left}px`;
      handle.style.top = `${yaxis._offset + top}px`;
      handle.dataset.of = String(point.of);
      handle.tabIndex = at === current ? 0 : -1;
      handle.setAttribute("aria-label", told(point, at));
    });
  };

  /** Where a pointer is, in the units of the axes, within what they show. @param {MouseEvent} event */
  const under = (event) => {
    const found = axes();
    if (!found) return null;
    const { left, top } = plot.getBoundingClientRect();
    const of = (/** @type {PlotlyAxis} */ axis, /** @type {number} */ pixel) => {
      const [low = 0, high = 1] = [...axis.range].sort((a, b) => a - b);
      return snapped(axis.p2l(pixel - axis._offset), stepOf((high - low) / axis._length), low, high);
    };
    return { x: of(found.xaxis, event.clientX - left), y: of(found.yaxis, event.clientY - top) };
  };

  /** @param {number} at */
  const focus = (at) => {
    current = at;
    handles.forEach((handle, other) => (handle.tabIndex = other === at ? 0 : -1));
    handles[at]?.focus({ preventScroll: true });
  };

  /** @param {number} at @param {KeyboardEvent} event */
  const keyed = (at, event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, shiftKey } = event;
    const [x, y] = [points[at]?.x ?? 0, points[at]?.y ?? 0];
    const [right, up] = ARROWS[key] ?? [0, 0];
    const size = shiftKey ? LARGE_STEP : STEP;
    if (ARROWS[key]) moves.move(at, x + right * size, y + up * size);
    else if (PLACES[key]) focus(PLACES[key](at, points.length));
    else if (key === "Delete" || key === "Backspace") {
      moves.remove(at);
      focus(Math.min(at, points.length - 1));
    } else if (key === "c") moves.turn(at);
    else return;
    event.preventDefault();
  };

  /** @param {number} at */
  const made = (at) => {
    const handle = h("button", { type: "button", class: "point-handle", "aria-describedby": help, onkeydown: (/** @type {KeyboardEvent} */ event) => keyed(at, event) });
    handle.addEventListener("focus", () => {
      current = at;
    });
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      handle.setPointerCapture(event.pointerId);
      handle.classList.add("is-dragged");
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const to = under(event);
      const point = points[at];
      if (to && point && (to.x !== point.x || to.y !== point.y)) moves.move(at, to.x, to.y);
    });
    for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, () => handle.classList.remove("is-dragged"));
    return handle;
  };

  // No dblclick: what Plotly puts under the pointer on the way takes that from the plot.
  plot.addEventListener("click", (event) => {
    const to = event.detail === 2 ? under(event) : null;
    if (to) moves.add?.(to.x, to.y);
  });
  plot.addEventListener("drawn", place);
  plot.after(layer);

  return (next) => {
    points = next;
    current = Math.max(0, Math.min(current, points.length - 1));
    while (handles.length > points.length) handles.pop()?.remove();
    while (handles.length < points.length) {
      const handle = made(handles.length);
      handles.push(handle);
      layer.append(handle);
    }
    place();
  };
}
