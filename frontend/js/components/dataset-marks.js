/** The marks of a data set: how many of each, the last ones, as a file, and from a file. */

import { aborted, api, datasetUrl, ProblemError, reason } from "../api.js";
import { h, refer, replace, text } from "../dom.js";
import { count, counted } from "../format.js";
import { MARKS, markWords, reviewer } from "../marks.js";
import { upload } from "../upload.js";
import { notice } from "./notice.js";
import { createPictures } from "./pictures.js";
import { uploadChoice } from "./upload-choice.js";

/** @import { Mark, MarkChange } from "../../types/api.js" */

const SHOWN = 24;

/**
 * @param {string} dataset
 * @param {object} options
 * @param {() => Promise<void>} options.labeled called when there is a new label file
 * @param {((labels: string) => string) | undefined} options.train address of the form that trains on a label file
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, load: () => Promise<void> }}
 */
export function datasetMarks(dataset, { labeled, train }, signal) {
  const pictures = createPictures(dataset);
  const address = `${datasetUrl(dataset)}/marks`;
  const which = h("select", { onchange: () => load() });
  const csv = h("a", { class: "button", download: true }, "CSV");
  const parquet = h("a", { class: "button", download: true }, "Parquet");
  const correct = h("button", { type: "button", class: "button", onclick: () => makeLabels() }, "Make a label file of the corrections");
  const made = h("p", { role: "status" });
  const body = h("div", { class: "marks", "data-ready": "false" });
  const head = h("div", { class: "filters", hidden: true }, h("label", { class: "filter" }, h("span", {}, "Marked"), which), csv, parquet, correct);

  const makeLabels = async () => {
    try {
      const { labels, corrected } = await api.correctDataset(dataset);
      replace(made, `The label file “${labels.name}” has ${counted(corrected, "corrected label")}. `, train && h("a", { href: train(labels.name) }, "Train on it"));
      await labeled();
    } catch (error) {
      text(made, reason(error));
    }
  };

  const load = async () => {
    const filter = which.value && `mark=${which.value}`;
    try {
      const [counts, { items, total }] = await Promise.all([api.markCounts(dataset, signal), api.marks(dataset, `?limit=${SHOWN}&${filter}`, signal)]);
      const all = [{ mark: "", title: "anything", times: counts.total }, ...MARKS.map(({ mark, title }) => ({ mark, title, times: counts.marks[mark] ?? 0 }))];
      const chosen = which.value;
      replace(which, ...all.map(({ mark, title, times }) => h("option", { value: mark }, `${title} (${count(times)})`)));
      which.value = chosen;
      refer(csv, `${address}.csv?${filter}`);
      refer(parquet, `${address}.parquet?${filter}`);
      head.hidden = counts.total === 0;
      correct.hidden = !counts.marks.wrong_label;
      await pictures.load(items.map(({ picture }) => picture));
      replace(body, ...(counts.total === 0 ? [none()] : drawn(items, total)));
      body.dataset.ready = "true";
    } catch (error) {
      if (!aborted(error)) replace(body, notice({ title: "The marks could not be listed", detail: reason(error), kind: "failed" }));
    }
  };

  /** @param {Mark[]} items @param {number} total */
  const drawn = (items, total) => [
    h("ul", { class: "marked-pictures" }, ...items.map((item) => h("li", { title: item.note }, pictures.canvas(item.picture, `picture ${item.picture}, ${item.name}`), h("b", {}, item.own_label), h("span", { class: "quiet" }, markWords(item, item.own_label))))),
    total > items.length && h("p", { class: "quiet" }, `These are the last ${SHOWN}; the files have all ${count(total)}.`),
  ];

  return {
    element: h("section", { id: "marks", "aria-labelledby": "marks-title" }, h("h2", { id: "marks-title" }, "Marks"), head, made, body, marksUpload(dataset, load, signal)),
    load,
  };
}

const none = () => h("p", { class: "quiet" }, "Nothing is marked yet. Open an example of an experiment on this data set and press 1 to 4, or bring a file with marks.");

/**
 * @param {string} dataset
 * @param {() => Promise<void>} changed
 * @param {AbortSignal} signal
 */
function marksUpload(dataset, changed, signal) {
  const file = h("input", { id: "marks-file", type: "file", accept: ".csv,.tsv,.txt,.parquet,.npz", onchange: () => send({}), "aria-describedby": "marks-help" });
  const status = h("p", { class: "marks-told", role: "status" });
  const refusal = h("p", { class: "field-error marks-told", role: "alert", hidden: true });
  const choice = uploadChoice("marks", dataset, (parameter, value) => send({ [parameter]: value }));

  /** @param {Record<string, string>} said */
  const send = async (said) => {
    const [first] = file.files ?? [];
    refusal.hidden = true;
    choice.offer(null);
    if (!first) return;
    text(status, "Reading…");
    try {
      const query = new URLSearchParams({ by: reviewer(), ...said });
      /** @type {MarkChange} */
      const made = await upload(`${datasetUrl(dataset)}/marks/file?${query}`, first, { progress: () => undefined, signal });
      const back = h("button", { type: "button", class: "link-button", onclick: () => undo(made.change ?? "") }, "Undo");
      replace(status, `${counted(made.changed, "picture")} marked anew. ${made.note} `, made.change && back);
      file.value = "";
      await changed();
    } catch (error) {
      if (!aborted(error)) refuse(error);
    }
  };

  /** @param {string} change */
  const undo = async (change) => {
    try {
      await api.undoMarks(dataset, change, reviewer());
      text(status, "Undone.");
      await changed();
    } catch (error) {
      refuse(error);
    }
  };

  /** @param {unknown} error */
  const refuse = (error) => {
    text(status, "");
    text(refusal, reason(error));
    refusal.hidden = false;
    choice.offer((error instanceof ProblemError && error.problem.choice) || null);
  };

  return h(
    "div",
    { class: "card named-upload" },
    h("div", { class: "field" }, h("label", { class: "field-label", for: "marks-file" }, "Bring marks from a file"), file),
    h("p", { class: "field-help", id: "marks-help" }, "As it is downloaded here: a column ", h("code", {}, "mark"), `, which is one of ${MARKS.map(({ mark }) => mark).join(", ")}, beside `, h("code", {}, "name"), " or ", h("code", {}, "index"), "; ", h("code", {}, "suggested_label"), " and ", h("code", {}, "note"), " if you like. Pictures that it leaves out keep their marks."),
    status,
    refusal,
    choice.element,
  );
}
