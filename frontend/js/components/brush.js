/** A range brush over a drawn histogram: drag, click a bar or one of its ends, or move two slider handles with the keyboard. */

import { h } from "../dom.js";
import { score } from "../format.js";

/** @typedef {readonly [low: number, high: number]} Range */

const JUST_BELOW = 1e-6; // less than two scores can differ by, at thousands of models

/**
 * @typedef {object} Brush
 * @property {(edges: readonly number[]) => void} setEdges bin edges, ascending; the brush snaps to them
 * @property {(range: Range | null) => void} setRange show a range without reporting it
 * @property {() => boolean} dragging
 */

/**
 * @param {PlotlyElement} plot
 * @param {object} report
 * @param {(range: Range, first: boolean) => void} report.range `first` is true for the first report of a gesture
 * @param {(score: 0 | 1) => void} report.end the panel of the scores of exactly 0, or of exactly 1, was clicked
 * @param {AbortSignal} signal
 * @returns {Brush}
 */
export function brush(plot, { range: onrange, end: onend }, signal) {
  const veils = [h("div", { class: "brush-veil" }), h("div", { class: "brush-veil" })];
  const handles = [handle("Lowest score"), handle("Highest score")];
  const layer = h("div", { class: "brush", hidden: true }, ...veils, ...handles);
  plot.parentElement?.append(layer);
  /** @type {readonly number[]} */
  let edges = [];
  /** @type {Range | null} */
  let range = null;
  /** @type {{ from: number, handle: boolean, reported: boolean } | null} */
  let drag = null;

  const axis = () => plot._fullLayout?.xaxis;

  const place = () => {
    const x = axis();
    const y = plot._fullLayout?.yaxis;
    layer.hidden = !x || !y || edges.length < 2;
    if (!x || !y || layer.hidden) return;
    const shown = range ?? [edges[0] ?? 0, edges.at(-1) ?? 1];
    layer.classList.toggle("brush-open", range === null);
    layer.style.left = `${plot.offsetLeft + x._offset}px`;
    layer.style.top = `${plot.offsetTop + y._offset}px`;
    layer.style.width = `${x._length}px`;
    layer.style.height = `${y._length}px`;
    const [left = 0, right = 0] = shown.map((value) => Math.min(x._length, Math.max(0, x.l2p(value))));
    if (veils[0]) veils[0].style.width = `${left}px`;
    if (veils[1]) veils[1].style.width = `${x._length - right}px`;
    handles.forEach((element, side) => {
      element.style.left = `${side === 0 ? left : right}px`;
      element.setAttribute("aria-valuemin", String(edges[0]));
      element.setAttribute("aria-valuemax", String(edges.at(-1)));
      element.setAttribute("aria-valuenow", String(shown[side]));
      element.setAttribute("aria-valuetext", score(shown[side]));
    });
  };

  /** @param {Range} next */
  const report = (next) => {
    if (range && range[0] === next[0] && range[1] === next[1]) return;
    range = next;
    place();
    onrange(next, !drag?.reported);
    if (drag) drag.reported = true;
  };

  /** @param {number} clientX */
  const valueAt = (clientX) => {
    const x = axis();
    return x ? x.p2l(clientX - plot.getBoundingClientRect().left - x._offset) : 0;
  };

  /** @param {number} value */
  const nearest = (value) => edges.reduce((best, edge) => (Math.abs(edge - value) < Math.abs(best - value) ? edge : best));

  /** Edges around two values: the whole bins that a drag touches. @type {(a: number, b: number) => Range} */
  const around = (a, b) => [
    edges.findLast((edge) => edge <= Math.min(a, b)) ?? edges[0] ?? 0,
    edges.find((edge) => edge > Math.max(a, b)) ?? edges.at(-1) ?? 1,
  ];

  plot.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || edges.length < 2) return;
    if (inside(plot, event, "xaxis2")) return onend(0);
    if (inside(plot, event, "xaxis3")) return onend(1);
    if (!inside(plot, event, "xaxis")) return;
    drag = { from: valueAt(event.clientX), handle: false, reported: false };
  });
  handles.forEach((element, side) => {
    element.addEventListener("pointerdown", (event) => {
      const other = (range ?? [edges[0] ?? 0, edges.at(-1) ?? 1])[1 - side] ?? 0;
      drag = { from: nearest(other), handle: true, reported: false };
      element.setPointerCapture(event.pointerId);
      event.preventDefault();
      element.focus();
    });
    element.addEventListener("keydown", (event) => {
      const next = stepped(edges, range ?? [edges[0] ?? 0, edges.at(-1) ?? 1], side, event.key);
      if (!next) return;
      event.preventDefault();
      report(next);
    });
  });
  /** @param {PointerEvent} event */
  const move = (event) => {
    if (!drag) return;
    const to = valueAt(event.clientX);
    if (drag.handle) {
      const ends = [drag.from, nearest(to)].sort((a, b) => a - b);
      if (ends[0] !== ends[1]) report([ends[0] ?? 0, ends[1] ?? 1]);
    } else if (drag.reported || around(to, to)[0] !== around(drag.from, drag.from)[0]) {
      report(around(drag.from, to));
    }
  };
  const release = () => {
    if (drag && !drag.handle && !drag.reported) report(around(drag.from, drag.from));
    drag = null;
  };
  const give = () => {
    drag = null;
  };
  window.addEventListener("pointermove", move, { signal });
  window.addEventListener("pointerup", release, { signal });
  window.addEventListener("pointercancel", give, { signal });
  plot.addEventListener("drawn", place);

  return {
    setEdges(next) {
      edges = next;
      place();
    },
    setRange(next) {
      if (drag) return;
      range = next;
      place();
    },
    dragging: () => drag !== null,
  };
}

/**
 * The bound of a view for the upper edge of a bin: a bin does not hold it, except the last one, but a range does.
 * @param {number} edge
 */
export const upper = (edge) => (edge >= 1 ? 1 : Number((edge - JUST_BELOW).toFixed(6)));

/** @param {string} label */
function handle(label) {
  return h("div", { class: "brush-handle", role: "slider", tabindex: 0, "aria-label": label, "aria-orientation": "horizontal" });
}

/**
 * @param {PlotlyElement} plot
 * @param {PointerEvent} event
 * @param {"xaxis" | "xaxis2" | "xaxis3"} across
 */
function inside(plot, event, across) {
  const box = plot.getBoundingClientRect();
  const { [across]: xaxis, yaxis } = plot._fullLayout ?? {};
  if (!xaxis || !yaxis) return false;
  const x = event.clientX - box.left - xaxis._offset;
  const y = event.clientY - box.top - yaxis._offset;
  return x >= 0 && x <= xaxis._length && y >= 0 && y <= yaxis._length;
}

/**
 * Move one end of a range by bins, as a slider does for a key; null where the key means nothing.
 * @param {readonly number[]} edges
 * @param {Range} range
 * @param {number} side 0 for the low end, 1 for the high end
 * @param {string} key
 * @returns {Range | null}
 */
export function stepped(edges, range, side, key) {
  const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5 };
  const last = edges.length - 1;
  // Around the range: the last bin may reach beyond the greatest score, which bounds a range.
  const low = Math.max(edges.findLastIndex((edge) => edge <= range[0]), 0);
  const above = edges.findIndex((edge) => edge >= range[1]);
  const high = above < 0 ? last : above;
  const bounds = side === 0 ? [0, high - 1] : [low + 1, last];
  let to = side === 0 ? low : high;
  if (key === "Home") to = bounds[0] ?? 0;
  else if (key === "End") to = bounds[1] ?? last;
  else if (key in steps) to += steps[/** @type {keyof typeof steps} */ (key)];
  else return null;
  to = Math.min(bounds[1] ?? last, Math.max(bounds[0] ?? 0, to));
  return side === 0 ? [edges[to] ?? 0, edges[high] ?? 1] : [edges[low] ?? 0, edges[to] ?? 1];
}
