/** Label files of a data set: those there are, another one from a file, and away with one. */

import { api, datasetUrl } from "../api.js";
import { h, keyed, replace, text } from "../dom.js";
import { count, moment } from "../format.js";
import { ask } from "./dialog.js";
import { namedUpload } from "./named-upload.js";
import { orderMark } from "./order-mark.js";

/** @import { Dataset, LabelFile } from "../../types/api.js" */

/**
 * @param {() => Dataset} dataset as last reported
 * @param {() => Promise<void>} changed called after an upload or a deletion
 * @param {AbortSignal} signal
 */
export function labelFiles(dataset, changed, signal) {
  const list = h("ul", { class: "unit-list" });
  const none = h("p", { class: "quiet" }, "No label file yet.");

  /** @param {string} label */
  const remove = (label) =>
    ask(
      { title: `Delete the label file “${label}”?`, detail: "Experiments that use it keep it from being deleted.", confirm: "Delete", danger: true },
      async () => {
        await api.removeLabels(dataset().id, label);
        await changed();
      },
    );

  /** @type {(first: LabelFile) => import("../dom.js").Component<LabelFile>} */
  const row = (first) => {
    const facts = h("span", { class: "quiet" });
    const unsure = orderMark();
    const button = h("button", { type: "button", class: "link-button unit-end", "aria-label": `Delete the label file ${first.name}`, onclick: () => remove(first.name) }, "Delete…");
    return {
      element: h("li", { class: "unit" }, h("b", {}, first.name), facts, unsure.element, button),
      update(file) {
        const { differ, created_at: at } = file;
        unsure.update(file);
        const { n_train: all } = dataset();
        text(facts, `${count(differ)} of ${count(all)} labels differ from the data set’s own, added ${moment(at)}`);
      },
    };
  };

  const form = namedUpload(
    {
      id: "labels",
      dataset: dataset().id,
      label: "File with labels",
      accept: ".npy,.npz,.csv,.tsv,.txt,.parquet",
      action: "Add label file",
      help: [
        "Npy, npz (", h("code", {}, "labels"), "), csv or Parquet (column ", h("code", {}, "label"), "): names of classes or their indices. Best with the pictures’ names beside them (",
        h("code", {}, "name"), ", ", h("code", {}, "filenames"), ") or their ", h("code", {}, "index"), ", as in ", h("a", { href: `${datasetUrl(dataset().id)}/examples.csv`, download: true }, "examples.csv"),
        "; without, one for each training picture or one for each of all. The name here begins with a letter or digit and holds no slash.",
      ],
      path: (query) => `${datasetUrl(dataset().id)}/labels?${query}`,
    },
    changed,
    signal,
  );

  const element = h(
    "section",
    { "aria-labelledby": "labels-title" },
    h("h2", { id: "labels-title" }, "Label files"),
    h("p", { class: "quiet section-note" }, "Other labels for the training pictures, such as noisy ones from people. Choose one under “Label file” above, or when you set up an experiment."),
    none,
    list,
    form,
  );
  return {
    element,
    update() {
      const { label_sets: files } = dataset();
      none.hidden = files.length > 0;
      list.hidden = files.length === 0;
      if (files.length === 0) replace(list);
      else keyed(list, files, (each) => each.name, row);
    },
  };
}
