/** The same pictures under every kind of pixels that an experiment can train on. */

import { aborted, api, pixelsUrl, reason } from "../api.js";
import { h, replace } from "../dom.js";
import { encodeParams, fieldsOf } from "../schema.js";
import { notice } from "./notice.js";

/** @import { Dataset, Study } from "../../types/api.js" */

const SHOWN = 8;
const NOTES = {
  original: "What models usually see.",
  shuffled: "One order of the pixels for all pictures: what is alike stays alike, but neighbors part.",
  random: "An order of its own for every picture: only brightness and colors are left.",
  gaussian: "Noise with the mean and spread of the data set: nothing of the picture is left but its label.",
};

/** @typedef {keyof typeof NOTES} Mode */

/**
 * @param {Dataset} dataset
 * @param {Study} study whose experiments take the option
 * @param {AbortSignal} signal
 */
export function pixelModes(dataset, study, signal) {
  const list = h("ul", { class: "pixel-modes", "data-ready": "false" });
  const names = fieldsOf(study.params_schema).find(({ name }) => name === "pixels")?.labels ?? {};

  /** @param {Mode} mode @param {number[]} indices */
  const row = (mode, indices) => {
    const name = names[mode] ?? mode;
    return h(
      "li",
      { "data-mode": mode },
      h("h3", {}, name),
      h("img", { class: "pixels pixel-strip", src: pixelsUrl(dataset.id, mode, indices), alt: `${indices.length} pictures, pixels ${name}`, loading: "lazy" }),
      h(
        "p",
        { class: "quiet" },
        NOTES[mode],
        mode === "original" ? "" : " ",
        mode !== "original" && h("a", { href: `/new/${study.name}${encodeParams({ dataset: dataset.id, pixels: mode })}` }, "Train on these"),
      ),
    );
  };

  return {
    element: h(
      "section",
      { "aria-labelledby": "pixels-title" },
      h("h2", { id: "pixels-title" }, "Pictures without what makes them pictures"),
      h("p", { class: "quiet section-note" }, "Networks fit all of these, which is why Zhang et al. (2017) ask what makes them generalize. Drawn once by the data seed, here 0, and fixed over epochs."),
      list,
    ),
    async load() {
      try {
        const { rows } = await api.sample(dataset.id, "?per_class=1", signal);
        const indices = rows.flatMap((found) => found.indices).slice(0, SHOWN);
        replace(list, ...Object.keys(NOTES).map((mode) => row(/** @type {Mode} */ (mode), indices)));
        list.dataset.ready = "true";
      } catch (error) {
        if (aborted(error)) return;
        list.dataset.ready = "failed";
        replace(list, h("li", {}, notice({ title: "The pictures could not be loaded", detail: reason(error), kind: "failed" })));
      }
    },
  };
}
