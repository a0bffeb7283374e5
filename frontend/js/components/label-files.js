/** Label files of a data set: those there are, another one from a file, and away with one. */

import { aborted, api, datasetUrl, reason } from "../api.js";
import { h, keyed, replace, text } from "../dom.js";
import { count, moment } from "../format.js";
import { upload } from "../upload.js";
import { ask } from "./dialog.js";

/** @import { Dataset, LabelFile } from "../../types/api.js" */

/**
 * @param {() => Dataset} dataset as last reported
 * @param {() => Promise<void>} changed called after an upload or a deletion
 * @param {AbortSignal} signal
 */
export function labelFiles(dataset, changed, signal) {
  const list = h("ul", { class: "unit-list" });
  const none = h("p", { class: "quiet" }, "No label file yet.");
  const file = h("input", { id: "labels-file", type: "file", accept: ".npy,.npz,.csv", "aria-describedby": "labels-help labels-error" });
  const name = h("input", { id: "labels-name", type: "text", maxlength: 100, autocomplete: "off", "aria-describedby": "labels-error" });
  const refusal = h("p", { class: "field-error", id: "labels-error", role: "alert", hidden: true });
  const done = h("span", { class: "quiet", role: "status" });
  const submit = h("button", { type: "submit", class: "button" }, "Add label file");
  file.addEventListener("change", () => {
    const [first] = file.files ?? [];
    if (first && !name.value.trim()) name.value = first.name.replace(/\.[^.]*$/, "").slice(0, 100);
  });

  /** @param {string | null} detail */
  const fail = (detail) => {
    refusal.hidden = detail === null;
    text(refusal, detail ?? "");
  };

  const send = async () => {
    const [first] = file.files ?? [];
    text(done, "");
    if (!first || !name.value.trim()) {
      fail(first ? "Give it a name." : "Choose a file first.");
      return (first ? name : file).focus();
    }
    fail(null);
    submit.disabled = true;
    try {
      const path = `${datasetUrl(dataset().id)}/labels?name=${encodeURIComponent(name.value.trim())}`;
      /** @type {LabelFile} */
      const made = await upload(path, first, { progress: () => undefined, signal });
      text(done, `Added ${made.name}.`);
      file.value = "";
      name.value = "";
      await changed();
    } catch (error) {
      if (!aborted(error)) fail(reason(error));
    }
    submit.disabled = false;
  };

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
    const button = h("button", { type: "button", class: "link-button unit-end", "aria-label": `Delete the label file ${first.name}`, onclick: () => remove(first.name) }, "Delete…");
    return {
      element: h("li", { class: "unit" }, h("b", {}, first.name), facts, button),
      update({ differ, created_at: at }) {
        const { n_train: all } = dataset();
        text(facts, `${count(differ)} of ${count(all)} labels differ from the data set’s own, added ${moment(at)}`);
      },
    };
  };

  const element = h(
    "section",
    { "aria-labelledby": "labels-title" },
    h("h2", { id: "labels-title" }, "Label files"),
    h("p", { class: "quiet section-note" }, "Other labels for the training pictures, such as noisy ones from people. Choose one under “Label file” above, or when you set up an experiment."),
    none,
    list,
    h(
      "form",
      {
        class: "card labels-form",
        novalidate: true,
        onsubmit: (/** @type {SubmitEvent} */ event) => {
          event.preventDefault();
          send();
        },
      },
      h("div", { class: "field" }, h("label", { class: "field-label", for: "labels-file" }, "File with labels"), file),
      h("div", { class: "field" }, h("label", { class: "field-label", for: "labels-name" }, "Name"), name),
      h("p", { class: "labels-actions" }, submit, done),
      h("p", { class: "field-help", id: "labels-help" }, "One label for each training picture, in their order: npy, npz (", h("code", {}, "labels"), ") or csv (column ", h("code", {}, "label"), "); names of classes or their indices. Its own name begins with a letter or digit and holds no slash."),
      refusal,
    ),
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
