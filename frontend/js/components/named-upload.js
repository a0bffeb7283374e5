/** A form that adds a file to a data set under a name of its own. */

import { aborted, ProblemError, reason } from "../api.js";
import { h, text } from "../dom.js";
import { percent } from "../format.js";
import { upload } from "../upload.js";
import { uploadChoice } from "./upload-choice.js";

/**
 * @typedef {object} NamedUpload
 * @property {string} id what the ids of its fields begin with
 * @property {string} dataset whose pictures the file is about
 * @property {string} label of the file
 * @property {string} accept endings of file names
 * @property {string} action text of the button
 * @property {import("../dom.js").Child[]} help
 * @property {(query: URLSearchParams) => string} path address that takes the file
 * @property {{ element: HTMLElement, chosen: (filename: string) => void, read: () => Record<string, string> }} [more] further fields
 */

/**
 * @template {{ name: string }} T
 * @param {NamedUpload} form
 * @param {(made: T) => Promise<void>} added
 * @param {AbortSignal} signal the page's; an upload ends with it
 * @returns {HTMLElement}
 */
export function namedUpload({ id, dataset, label, accept, action, help, path, more }, added, signal) {
  const file = h("input", { id: `${id}-file`, type: "file", accept, "aria-describedby": `${id}-help ${id}-error` });
  const name = h("input", { id: `${id}-name`, type: "text", maxlength: 100, autocomplete: "off", "aria-describedby": `${id}-error` });
  const refusal = h("p", { class: "field-error", id: `${id}-error`, role: "alert", hidden: true });
  const bar = h("progress", { max: 1, "aria-label": "Upload", hidden: true });
  const status = h("span", { class: "quiet", role: "status" });
  const submit = h("button", { type: "submit", class: "button" }, action);
  /** @type {Record<string, string>} what has been said of the file, by query parameter */
  let said = {};
  const choice = uploadChoice(id, dataset, (parameter, value) => {
    said[parameter] = value;
    send();
  });
  file.addEventListener("change", () => {
    const [first] = file.files ?? [];
    said = {};
    fail(null);
    if (!first) return;
    if (!name.value.trim()) name.value = first.name.replace(/\.[^.]*$/, "").slice(0, 100);
    more?.chosen(first.name);
  });

  /** @param {string | null} detail */
  const fail = (detail) => {
    refusal.hidden = detail === null;
    text(refusal, detail ?? "");
    choice.offer(null);
  };

  /** @param {number} part */
  const progress = (part) => {
    if (part < 1) bar.value = part;
    else bar.removeAttribute("value");
    text(status, part < 1 ? `Uploading, ${percent(part)}` : "Checking what is in the file…");
  };

  const send = async () => {
    const [first] = file.files ?? [];
    text(status, "");
    if (!first || !name.value.trim()) {
      fail(first ? "Give it a name." : "Choose a file first.");
      return (first ? name : file).focus();
    }
    fail(null);
    submit.disabled = true;
    bar.hidden = false;
    try {
      const query = new URLSearchParams({ name: name.value.trim(), ...more?.read(), ...said });
      /** @type {T} */
      const made = await upload(path(query), first, { progress, signal });
      text(status, `Added ${made.name}.`);
      file.value = "";
      name.value = "";
      said = {};
      await added(made);
    } catch (error) {
      text(status, "");
      if (!aborted(error)) {
        fail(reason(error));
        choice.offer((error instanceof ProblemError && error.problem.choice) || null);
      }
    }
    bar.hidden = true;
    submit.disabled = false;
  };

  return h(
    "form",
    {
      class: "card named-upload",
      novalidate: true,
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        send();
      },
    },
    h("div", { class: "field" }, h("label", { class: "field-label", for: `${id}-file` }, label), file),
    more?.element,
    h("div", { class: "field" }, h("label", { class: "field-label", for: `${id}-name` }, "Name"), name),
    h("p", { class: "upload-actions" }, submit, bar, status),
    h("p", { class: "field-help", id: `${id}-help` }, ...help),
    refusal,
    choice.element,
  );
}
