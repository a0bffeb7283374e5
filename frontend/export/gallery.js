/** The pictures of the chosen rows, with score, interval, held-out answer and the course over sizes. */

import { sparkline } from "../js/components/sparkline.js";
import { whisker } from "../js/components/whisker.js";
import { h, replace, text } from "../js/dom.js";
import { count, counted, interval, score } from "../js/format.js";
import { icon } from "../js/icons.js";

/** @import { Facts, Gallery, Table } from "./data.js" */
/** @typedef {(place: number, label: string) => HTMLCanvasElement} Picture */

const PAGE = 60;

/**
 * @param {Facts} facts
 * @param {Table} table
 * @param {Gallery} gallery
 * @returns {{ element: HTMLElement, show: (size: number, rows: Int32Array) => void }}
 */
export function pictureGallery(facts, table, gallery) {
  const picture = pictures(gallery);
  const head = h("p", { class: "gallery-facts", "aria-live": "polite" });
  const grid = h("ul", { class: "gallery-grid" });
  const more = h("button", { type: "button", class: "button" }, "Show more");
  let size = 0;
  let shown = 0;
  /** @type {Int32Array} */
  let rows = new Int32Array();

  const append = () => {
    const next = [...rows.subarray(shown, shown + PAGE)];
    grid.append(...next.map((row) => card(facts, table, gallery, size, row, picture)));
    shown += next.length;
    more.hidden = shown >= rows.length;
  };
  more.addEventListener("click", () => {
    const first = shown;
    append();
    /** @type {HTMLElement | undefined} */ (grid.children[first])?.focus();
  });

  return {
    element: h("section", { class: "gallery", "aria-label": "Examples" }, head, grid, h("div", { class: "gallery-more" }, more)),
    show(nextSize, chosen) {
      size = nextSize;
      rows = chosen.filter((row) => (table.picture[row] ?? -1) >= 0);
      shown = 0;
      replace(grid);
      append();
      text(head, sentence(chosen.length, rows.length));
    },
  };
}

/**
 * @param {number} chosen
 * @param {number} pictured
 */
function sentence(chosen, pictured) {
  if (chosen === 0) return "No example matches.";
  const none = chosen - pictured;
  if (none === 0) return `${counted(chosen, "example")}.`;
  return `${counted(chosen, "example")}; ${count(none)} of them ${none === 1 ? "has" : "have"} no picture in this file.`;
}

/**
 * @param {Facts} facts
 * @param {Table} table
 * @param {Gallery} gallery
 * @param {number} size position of the size
 * @param {number} row
 * @param {Picture} picture
 */
function card({ classes, verdicts, trajectories }, table, gallery, size, row, picture) {
  const [low, high] = table.interval(size, row);
  const place = table.picture[row] ?? 0;
  const label = table.label[row] ?? 0;
  const found = {
    memorization: known(table.memorization[size]?.[row]),
    low: known(low),
    high: known(high),
    verdict: verdicts[table.verdict[size]?.[row] ?? 0] ?? "undecided",
  };
  const scale = whisker();
  scale.update(found);
  const course = sparkline();
  course.update(table.memorization.map((scores) => known(scores[row])), size, trajectories[table.trajectory[row] ?? 0] ?? "");
  const answer = gallery.answer[size]?.[place] ?? label;
  const times = gallery.answered[size]?.[place] ?? 0;
  const name = table.names[row] ?? "";
  return h(
    "li",
    { class: "example", "data-index": table.index[row], "data-verdict": found.verdict, tabindex: -1, title: name },
    picture(place, `Example ${table.index[row]}, label ${classes[label]}`),
    h("span", { class: "example-head" }, h("span", { class: "example-label", title: classes[label], dir: "auto" }, classes[label]), h("span", { class: "example-score" }, score(found.memorization))),
    scale.element,
    h("span", { class: "example-foot" }, h("span", { class: "example-interval" }, interval(found.low, found.high)), course.element),
    Boolean(table.flipped[row]) && h("p", { class: "flipped" }, icon("flip"), `label flipped, was ${classes[table.original[row] ?? 0]}`),
    times > 0 && answer !== label && h("p", { class: "example-answer" }, "held-out answer: ", h("b", {}, classes[answer]), ` (${count(times)} of ${count(table.n_out[size]?.[row] ?? 0)})`),
  );
}

/** @param {number | undefined} value */
const known = (value) => (value === undefined || Number.isNaN(value) ? null : value);

/**
 * Cut pictures out of the sprites, pixel by pixel; a sprite is decoded when the first of its pictures is shown.
 * @param {Gallery} gallery
 * @returns {Picture}
 */
function pictures({ sprites, columns, width, height }) {
  /** @type {Map<number, Promise<HTMLImageElement>>} */
  const decoded = new Map();
  /** @param {number} number */
  const sprite = (number) => {
    const there = decoded.get(number) ?? load(sprites[number] ?? "");
    decoded.set(number, there);
    return there;
  };
  return (place, label) => {
    const canvas = h("canvas", { class: "pixels", role: "img", "aria-label": label, width, height });
    sprite(Math.floor(place / columns)).then((image) => canvas.getContext("2d")?.drawImage(image, (place % columns) * width, 0, width, height, 0, 0, width, height));
    return canvas;
  };
}

/** @param {string} source */
async function load(source) {
  const image = new Image();
  image.src = source;
  await image.decode();
  return image;
}
