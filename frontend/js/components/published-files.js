/** Published scores to compare with: what there is, another file, and what can be overlaid. */

import { datasetUrl } from "../api.js";
import { h } from "../dom.js";
import { namedUpload } from "./named-upload.js";
import { MEANINGS } from "./published-agreement.js";

/** @import { PublishedFile } from "../../types/api.js" */

/**
 * @param {(name: string) => void} choose
 * @returns {{ element: HTMLElement, update: (files: PublishedFile[], chosen: string | null) => void }}
 */
export function publishedPicker(choose) {
  const select = h("select", { id: "published-chosen", onchange: () => choose(select.value) });
  const element = h("p", { class: "published-picker" }, h("label", { class: "field-label", for: "published-chosen" }, "Published scores"), select);
  let made = "";
  return {
    element,
    update(files, chosen) {
      element.hidden = files.length === 0;
      const state = JSON.stringify(files);
      if (state !== made) select.replaceChildren(...files.map(({ name }) => h("option", { value: name }, name)));
      made = state;
      select.value = chosen ?? "";
    },
  };
}

/**
 * @param {string} dataset
 * @param {(made: PublishedFile) => Promise<void>} added
 * @param {AbortSignal} signal
 */
export function publishedUpload(dataset, added, signal) {
  const choices = Object.entries(MEANINGS).map(([value, { long }]) => h("option", { value }, long));
  const meaning = h("select", { id: "published-meaning" }, ...choices);
  /** @param {string} code */
  const c = (code) => h("code", {}, code);
  return namedUpload(
    {
      id: "published",
      dataset,
      label: "File with scores",
      accept: ".npy,.npz,.csv,.tsv,.txt,.parquet",
      action: "Add scores",
      help: [
        "Npz with ", c("scores"), ", ", c("mem"), " or ", c("memorization"), ", and ", c("filenames"), " or ", c("index"),
        "; without those, ", c("labels"), " and one of each for every training picture in the original order. Or csv with ", c("name"), " or ", c("index"),
        ", a column of scores and, to check the order by, ", c("label"), "; it may be about a part of the pictures. A ", c("scores.csv"), " of Memoscope is taken too.",
      ],
      path: (query) => `${datasetUrl(dataset)}/published?${query}`,
      more: {
        element: h("div", { class: "field" }, h("label", { class: "field-label", for: "published-meaning" }, "What the score says"), meaning),
        chosen(filename) {
          if (/c-?scores?/i.test(filename)) meaning.value = "consistency";
          else if (/mem|infl/i.test(filename)) meaning.value = "memorization";
        },
        read: () => ({ meaning: meaning.value }),
      },
    },
    added,
    signal,
  );
}

/** What one may overlay, and where such files are found. */
export function publishedAdvice() {
  return h(
    "div",
    { class: "published-advice" },
    h("p", {}, "Scores that others have published for the same pictures are the best check of these here: overlay a file of them to see how far both agree, and on which pictures they do not."),
    h(
      "ul",
      { class: "layouts" },
      h("li", {}, h("b", {}, "CIFAR-10 and CIFAR-100, C-scores"), " (Jiang et al. 2021): the authors’ npz files in original order work as they are."),
      h("li", {}, h("b", {}, "CIFAR-100 and ImageNet, memorization"), " (Feldman & Zhang 2020): the authors’ npz files have labels and memorization beside a matrix of influence; where that makes the file too large, save the two alone."),
      h("li", {}, h("b", {}, "MNIST, C-scores"), ": published in the order of TensorFlow Datasets and without labels, so nothing shows which score is whose; such a file is refused."),
    ),
    h("p", { class: "quiet" }, "A file belongs to the data set: all experiments on it can be held against it."),
  );
}
