/** A rectangle drawn over two scores: drag in the plot to choose one, click to drop it. */

import { h } from "../dom.js";

/** @typedef {{ a_gte: number | null, a_lte: number | null, b_gte: number | null, b_lte: number | null }} Rectangle */

/** @type {Readonly<Rectangle>} */
export const EVERYTHING = Object.freeze({ a_gte: null, a_lte: null, b_gte: null, b_lte: null });

const CLICK_PX = 4;
const STEPS = 1000; // bounds are written with three decimals, rounded outwards

/**
 * @param {PlotlyElement} plot a across, b upwards
 * @param {(rectangle: Rectangle, first: boolean) => void} choose `first` is true for the first report of a gesture
 * @param {AbortSignal} signal
 * @returns {{ show: (rectangle: Rectangle) => void, dragging: () => boolean }}
 */
export function compareBrush(plot, choose, signal) {
  const box = h("div", { class: "compare-rectangle", hidden: true });
  const layer = h("div", { class: "compare-brush", hidden: true }, box);
  plot.parentElement?.append(layer);
  /** @type {Rectangle} */
  let rectangle = EVERYTHING;
  /** @type {{ x: number, y: number, reported: boolean } | null} */
  let drag = null;

  const place = () => {
    const { xaxis: x, yaxis: y } = plot._fullLayout ?? {};
    layer.hidden = !x || !y;
    if (!x || !y) return;
    Object.assign(layer.style, frame(plot.offsetLeft + x._offset, plot.offsetTop + y._offset, x._length, y._length));
    box.hidden = Object.values(rectangle).every((bound) => bound === null);
    const left = inside(x.l2p(rectangle.a_gte ?? -1), x._length);
    const right = inside(x.l2p(rectangle.a_lte ?? 1), x._length, rectangle.a_lte === null);
    const top = inside(y.l2p(rectangle.b_lte ?? 1), y._length, false, rectangle.b_lte === null);
    const bottom = inside(y.l2p(rectangle.b_gte ?? -1), y._length);
    Object.assign(box.style, frame(left, top, right - left, bottom - top));
  };

  /** @param {PointerEvent} event @returns {{ x: number, y: number }} pixels inside the axes */
  const point = (event) => {
    const { left, top } = plot.getBoundingClientRect();
    const { xaxis, yaxis } = plot._fullLayout ?? {};
    return { x: event.clientX - left - (xaxis?._offset ?? 0), y: event.clientY - top - (yaxis?._offset ?? 0) };
  };

  /** @param {{ x: number, y: number }} from @param {{ x: number, y: number }} to @returns {Rectangle} */
  const between = (from, to) => {
    const { xaxis, yaxis } = plot._fullLayout ?? {};
    const [a_gte, a_lte] = outwards([from.x, to.x].map((pixel) => xaxis?.p2l(pixel) ?? 0));
    const [b_gte, b_lte] = outwards([from.y, to.y].map((pixel) => yaxis?.p2l(pixel) ?? 0));
    return { a_gte: a_gte ?? null, a_lte: a_lte ?? null, b_gte: b_gte ?? null, b_lte: b_lte ?? null };
  };

  plot.addEventListener("pointerdown", (event) => {
    const { xaxis, yaxis } = plot._fullLayout ?? {};
    if (event.button !== 0 || !xaxis || !yaxis) return;
    const { x, y } = point(event);
    if (x < 0 || y < 0 || x > xaxis._length || y > yaxis._length) return;
    drag = { x, y, reported: false };
    event.preventDefault(); // no text is selected along the way
  });
  /** @param {PointerEvent} event */
  const move = (event) => {
    plot.classList.toggle("is-brushing", drag !== null); // what Plotly says of the point below would stay
    if (!drag) return;
    const to = point(event);
    if (!drag.reported && Math.max(Math.abs(to.x - drag.x), Math.abs(to.y - drag.y)) < CLICK_PX) return;
    rectangle = between(drag, to);
    place();
    choose(rectangle, !drag.reported);
    drag.reported = true;
  };
  const release = () => {
    const clicked = drag !== null && !drag.reported;
    drag = null;
    if (clicked) choose(EVERYTHING, true);
  };
  window.addEventListener("pointermove", move, { signal });
  window.addEventListener("pointerup", release, { signal });
  window.addEventListener("pointercancel", () => (drag = null), { signal });
  plot.addEventListener("drawn", place);

  return {
    show(next) {
      if (drag) return;
      rectangle = next;
      place();
    },
    dragging: () => drag !== null,
  };
}

/**
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @param {number} height
 */
const frame = (left, top, width, height) => ({ left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });

/**
 * A pixel within the axes; an open side reaches their end.
 * @param {number} pixel
 * @param {number} length
 * @param {boolean} [last]
 * @param {boolean} [first]
 */
const inside = (pixel, length, last = false, first = false) => (last ? length : first ? 0 : Math.min(length, Math.max(0, pixel)));

/**
 * Two scores in order, rounded so that what lies between them still does.
 * @param {number[]} scores
 */
function outwards(scores) {
  const low = Math.floor(Math.min(...scores) * STEPS) / STEPS;
  const high = Math.ceil(Math.max(...scores) * STEPS) / STEPS;
  return [low, high].map((score) => Math.min(1, Math.max(-1, score)));
}
