/** The same pictures and their labels under every kind of data that networks are asked to fit. */

import { aborted, api, pixelsUrl, reason } from "../api.js";
import { h, refer, replace, text } from "../dom.js";
import { count } from "../format.js";
import { icon } from "../icons.js";
import { encodeOptions, same } from "../schema.js";
import { notice } from "./notice.js";
import { createPictures } from "./pictures.js";

/** @import { Labels, Pictured } from "../../types/api.js" */
/** @import { Params } from "../schema.js" */
/** @import { Pictures } from "./pictures.js" */

const SHOWN = 10;
const COMMON = ["classes", "per_class", "image_size", "grayscale", "labels", "data_seed"]; // what all rows share

/**
 * @param {object} given
 * @param {Pictured[]} given.pictured what each row shows
 * @param {Params} given.params an experiment's, `dataset` at least; what has no say in the data is ignored
 * @param {number} [given.corruption] the probability at first, in tenths
 * @param {(corruption: number) => void} [given.moved] called when people choose another one
 * @param {(params: Params) => string} [given.train] address of a form with a row's options; without it, there are no links
 * @param {AbortSignal} given.signal
 * @returns {{ element: HTMLElement, load: () => Promise<void>, change: (params: Params) => Promise<void>, corrupt: (corruption: number) => Promise<void> }}
 *   `change` takes other parameters and asks again if they are about other data, `corrupt` takes another probability
 */
export function dataModes({ pictured, params, corruption = 0.5, moved, train, signal }) {
  const rows = pictured.map((mode) => row(mode, train));
  const lead = h("p", { class: "quiet section-note" });
  const state = h("div", {});
  const list = h("ul", { class: "mode-list", "data-ready": "false" }, ...rows.map(({ element }) => element));
  const slider = h("input", { type: "range", min: 0.1, max: 0.9, step: 0.1, value: corruption });
  const chosen = h("output", {}, corruption.toFixed(1));
  slider.addEventListener("input", () => {
    moved?.(Number(slider.value));
    corrupt(Number(slider.value));
  });
  const adjustable = rows.filter(({ mode }) => mode.corruption === null);
  for (const { control } of adjustable) control.append(h("label", { class: "mode-slider" }, h("span", {}, "Probability"), slider, chosen));
  /** @type {Map<string, Pictures>} */
  let pictures = new Map();
  let stale = new Set(rows);
  let request = new AbortController();
  signal.addEventListener("abort", () => request.abort());

  const dataset = () => String(params.dataset);
  const common = () => Object.fromEntries(Object.entries(params).filter(([name]) => COMMON.includes(name)));

  /** @param {number} probability @param {AbortSignal} current */
  const labels = (probability, current) => api.labels(dataset(), encodeOptions({ ...common(), label_noise: probability, noise: "uniform", count: SHOWN }), current);

  /** Fill the rows that are stale. */
  const fill = async () => {
    request.abort();
    request = new AbortController();
    const { signal: current } = request;
    list.dataset.ready = "false";
    const due = [...stale].map((each) => ({ ...each, probability: each.mode.corruption ?? corruption }));
    try {
      const probabilities = [...new Set(due.map(({ probability }) => probability))];
      const answers = await Promise.all(probabilities.map((probability) => labels(probability, current)));
      if (current.aborted) return;
      const loading = due.map(({ mode, probability, show }) =>
        show(/** @type {Labels} */ (answers[probabilities.indexOf(probability)]), probability, source(mode.pixels)),
      );
      stale.clear();
      state.replaceChildren();
      list.hidden = false;
      await Promise.all(loading);
      if (!current.aborted) list.dataset.ready = "true";
    } catch (error) {
      if (aborted(error) || current.aborted) return;
      list.hidden = true;
      list.dataset.ready = "failed";
      replace(state, notice({ title: "The pictures could not be loaded", detail: reason(error), kind: "failed" }));
    }
  };

  /** @param {string} pixels */
  const source = (pixels) => {
    const query = encodeOptions({ ...common(), pixels });
    const found = pictures.get(pixels) ?? createPictures(dataset(), (indices) => pixelsUrl(dataset(), query, indices));
    pictures.set(pixels, found);
    return found;
  };

  const load = () => {
    pictures = new Map();
    stale = new Set(rows);
    text(lead, `Networks can be asked to fit each of these, although some leave little or nothing to learn. Each row has the same pictures, with the labels to fit below. Labels and pixels are drawn once, by the data seed, here ${params.data_seed ?? 0}, and stay so in all epochs.`);
    return fill();
  };

  /** @param {number} next */
  const corrupt = async (next) => {
    if (next === corruption) return;
    corruption = next;
    slider.value = String(next);
    text(chosen, next.toFixed(1));
    for (const each of adjustable) stale.add(each);
    await fill();
  };

  return {
    element: h("div", { class: "data-modes" }, lead, state, list),
    load,
    async change(next) {
      const before = [dataset(), common()];
      params = next;
      if (!same(before, [dataset(), common()])) await load();
    },
    corrupt,
  };
}

/**
 * @param {Pictured} mode
 * @param {((params: Params) => string) | undefined} train
 */
function row(mode, train) {
  const control = h("div", {});
  const changed = h("p", { class: "mode-changed", ...(mode.corruption === null && { "aria-live": "polite" }) });
  const link = h("a", {}, "Train on these");
  const list = h("ul", { class: "mode-pictures" });
  const about = h("div", { class: "mode-about" }, h("h3", {}, mode.name), control, h("p", { class: "quiet" }, mode.note), changed, train && h("p", {}, link));
  return {
    mode,
    control,
    element: h("li", { "data-mode": mode.key }, about, list),

    /**
     * @param {Labels} labels
     * @param {number} probability with which they were redrawn
     * @param {Pictures} pictures
     */
    async show({ classes, examples }, probability, pictures) {
      if (train) refer(link, train({ label_noise: probability, ...(probability > 0 && { noise: "uniform" }), ...(mode.pixels !== "original" && { pixels: mode.pixels }) }));
      const loading = pictures.load(examples.map(({ index }) => index));
      replace(list, ...examples.map(({ index, true: own, given }) => picture(pictures, index, classes[own] ?? "", classes[given] ?? "")));
      const others = examples.filter(({ true: own, given }) => own !== given).length;
      changed.hidden = mode.corruption === 0 && others === 0;
      text(changed, `${count(others)} of these ${count(examples.length)} labels differ from the true ones.`);
      await loading;
    },
  };
}

/**
 * @param {Pictures} pictures
 * @param {number} index
 * @param {string} own the true label
 * @param {string} given the label to fit
 */
function picture(pictures, index, own, given) {
  const words = own === given ? `True label ${own}` : `True label ${own}, trained on as ${given}`;
  return h(
    "li",
    { title: words, ...(own !== given && { "data-changed": true }) },
    pictures.canvas(index, `Picture ${index}. ${words}`),
    h("span", { class: "mode-label" }, given),
    own !== given && h("span", { class: "flipped" }, h("span", {}, icon("flip"), ` was ${own}`)),
  );
}
