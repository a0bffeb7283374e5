/** Brings images in: a file to drop or choose, how it is split, its progress, and what the server says of it. */

import { aborted, ProblemError, reason } from "../api.js";
import { h, replace, text } from "../dom.js";
import { bytes, percent, sentence } from "../format.js";
import { upload } from "../upload.js";
import { readingChoices } from "./reading-choices.js";
import { uploadChoice } from "./upload-choice.js";

/** @import { Dataset } from "../../types/api.js" */

/**
 * @param {(dataset: Dataset) => void} done
 * @param {AbortSignal} signal the page's; an upload ends with it
 * @returns {HTMLElement}
 */
export function uploadForm(done, signal) {
  const file = h("input", { id: "upload-file", type: "file", accept: ".zip,.tar,.tgz,.gz,.npz,.npy,.parquet", "aria-describedby": "upload-layouts upload-error", oninput: () => chosen() });
  const name = h("p", { class: "drop-name" });
  const drop = h(
    "div",
    { class: "drop", ondragover: (/** @type {DragEvent} */ event) => over(event, true), ondragleave: (/** @type {DragEvent} */ event) => over(event, false), ondrop: (/** @type {DragEvent} */ event) => dropped(event) },
    h("label", { class: "field-label", for: "upload-file" }, "File with pictures"),
    file,
    name,
  );
  const title = h("input", { id: "upload-title", type: "text", maxlength: 200, autocomplete: "off" });
  const fraction = h("input", { id: "upload-fraction", type: "text", inputmode: "decimal", value: "0.2", autocomplete: "off", "aria-describedby": "upload-split" });
  const seed = h("input", { id: "upload-seed", type: "text", inputmode: "numeric", value: "0", autocomplete: "off", "aria-describedby": "upload-split" });
  const refusal = h("div", { class: "field-error", id: "upload-error", role: "alert", hidden: true });
  const choices = readingChoices();
  /** @type {Record<string, string>} what has been said of the file, by query parameter */
  let said = {};
  const choice = uploadChoice("upload", "", (parameter, value) => {
    said[parameter] = value;
    send();
  });
  const bar = h("progress", { max: 1, "aria-label": "Upload" });
  const words = h("span", { class: "progress-words", role: "status" });
  const progress = h("div", { class: "progress", hidden: true }, bar, words);
  const submit = h("button", { type: "submit", class: "button button-primary" }, "Upload");
  const cancel = h("button", { type: "button", class: "button", hidden: true, onclick: () => sending.abort() }, "Cancel upload");
  let sending = new AbortController();
  signal.addEventListener("abort", () => sending.abort());

  const chosen = () => {
    const [first] = file.files ?? [];
    text(name, first ? `${first.name}, ${bytes(first.size)}` : "or drop it here");
    said = {};
    title.placeholder = first ? first.name.replace(/\.[^.]*$/, "") : "";
    fail(null);
  };

  /** @param {DragEvent} event @param {boolean} inside */
  const over = (event, inside) => {
    event.preventDefault();
    drop.toggleAttribute("data-over", inside);
  };

  /** @param {DragEvent} event */
  const dropped = (event) => {
    over(event, false);
    const files = event.dataTransfer?.files;
    if (!files?.length || !submit.isConnected || submit.disabled) return;
    file.files = files;
    chosen();
  };

  /** @param {string | null} detail */
  const fail = (detail) => tell(detail === null ? [] : [detail], {});

  /** @param {string[]} details @param {Record<string, string>} offer parameters with which the file would pass */
  const tell = (details, offer) => {
    choice.offer(null);
    refusal.hidden = details.length === 0;
    const accept = () => {
      choices.set(offer);
      send();
    };
    replace(
      refusal,
      details.length > 1 ? h("ul", { class: "upload-faults" }, ...details.map((detail) => h("li", {}, ...withCode(detail)))) : h("p", {}, ...withCode(details[0] ?? "")),
      Object.keys(offer).length > 0 && h("button", { type: "button", class: "button", onclick: accept }, `${choices.words(offer)}, and upload`),
    );
    if (details.length === 0) file.removeAttribute("aria-invalid");
    else file.setAttribute("aria-invalid", "true");
  };

  /** @param {boolean} on */
  const busy = (on) => {
    submit.disabled = on;
    file.disabled = on;
    cancel.hidden = !on;
    progress.hidden = !on;
  };

  /** @param {number} part */
  const show = (part) => {
    if (part < 1) bar.value = part;
    else bar.removeAttribute("value");
    text(words, part < 1 ? `Uploading, ${percent(part)}` : "Checking what is in the file…");
  };

  const send = async () => {
    const [first] = file.files ?? [];
    if (!first) {
      fail("Choose a file first.");
      return file.focus();
    }
    const query = new URLSearchParams({ filename: first.name, test_fraction: fraction.value.trim(), seed: seed.value.trim() });
    if (title.value.trim()) query.set("title", title.value.trim());
    for (const [key, value] of Object.entries({ ...choices.read(), ...said })) query.set(key, value);
    sending = new AbortController();
    fail(null);
    busy(true);
    show(0);
    try {
      done(await upload(`/api/datasets?${query}`, first, { progress: show, signal: sending.signal }));
    } catch (error) {
      busy(false);
      if (signal.aborted) return;
      if (aborted(error)) fail("Canceled; nothing was kept of it.");
      else {
        tell(...faultsOf(error));
        choice.offer((error instanceof ProblemError && error.problem.choice) || null);
      }
      submit.focus();
    }
  };

  chosen();
  replace(name, "or drop it here");
  return h(
    "form",
    {
      class: "card upload",
      novalidate: true,
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        send();
      },
    },
    h("div", { class: "upload-file" }, drop, refusal, choice.element, layouts()),
    h(
      "div",
      { class: "upload-fields" },
      h("div", { class: "field" }, h("label", { class: "field-label", for: "upload-title" }, "Title"), title, h("p", { class: "field-help" }, "Optional; the file’s name otherwise.")),
      h(
        "div",
        { class: "upload-split" },
        h("div", { class: "field" }, h("label", { class: "field-label", for: "upload-fraction" }, "Test fraction"), fraction),
        h("div", { class: "field" }, h("label", { class: "field-label", for: "upload-seed" }, "Split seed"), seed),
        h("p", { class: "field-help", id: "upload-split" }, "Needed only where the file has no test part: this fraction of each class, from 0.05 to 0.5, becomes one, drawn by the seed."),
      ),
      choices.element,
      progress,
      h("p", { class: "upload-actions" }, submit, cancel),
    ),
  );
}

/**
 * @param {string} detail
 * @returns {(string | HTMLElement)[]} its words, and what stands between backticks as code
 */
function withCode(detail) {
  return detail.split("`").map((part, place) => (place % 2 ? h("code", {}, part) : part));
}

/**
 * @param {unknown} error
 * @returns {[details: string[], offer: Record<string, string>]} what is wrong, and what would put all of it right
 */
function faultsOf(error) {
  const errors = error instanceof ProblemError ? (error.problem.errors ?? []) : [];
  if (errors.length < 2 && !errors[0]?.offer) return [[reason(error)], {}];
  const details = errors.map(({ pointer, detail, offer }) => (pointer.startsWith("/query/") && !offer ? `${sentence(pointer.slice("/query/".length))}: ${detail}` : detail));
  const offers = errors.map(({ offer }) => offer ?? null);
  return [details, offers.includes(null) ? {} : Object.assign({}, ...offers)];
}

function layouts() {
  /** @param {string} code */
  const c = (code) => h("code", {}, code);
  return h(
    "ul",
    { class: "layouts", id: "upload-layouts" },
    h("li", {}, "Zip or tar with parts: ", c("train/<class>/*"), " and ", c("test/<class>/*"), "; ", c("val"), " tests where ", c("test"), " is missing"),
    h("li", {}, "Without: ", c("<class>/*"), ", split by a seed"),
    h("li", {}, "Or pictures in any folders, and a ", c("labels.csv"), " with ", c("file_name,label"), ", or a list with neither header nor commas"),
    h("li", {}, "Or with ", c("metadata.jsonl"), "; or Parquet with a column of pictures and one of labels, in as many files as there are"),
    h("li", {}, "Npz, or npy files in a zip: ", c("images"), " and ", c("labels"), ", or ", c("x_train"), ", ", c("y_train"), ", ", c("x_test"), ", ", c("y_test"), "; bytes, or numbers whose range is usual; channels first or last"),
    h("li", {}, "Npy files of pictures in class folders, ", c("cat/0.npy"), ", or one for each class, ", c("cat.npy")),
    h("li", {}, "MNIST’s own files (IDX), and the binary files of CIFAR and STL-10, in a zip"),
    h("li", {}, "Pictures of several sizes, or of more than 1,024 pixels a side, are brought to a size that you choose."),
  );
}
