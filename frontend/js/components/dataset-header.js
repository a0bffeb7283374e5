/** Head of a data set's page: what it is, its state, and what may be done with it. */

import { api, datasetUrl, reason } from "../api.js";
import { isHere, pictureSize } from "../datasets.js";
import { h, replace, text } from "../dom.js";
import { bytes, count, moment } from "../format.js";
import { navigate } from "../router.js";
import { datasetBadge, datasetState } from "./dataset-state.js";
import { ask } from "./dialog.js";
import { notice } from "./notice.js";

/** @import { Dataset } from "../../types/api.js" */

const SOURCES = {
  builtin: "came with Memoscope",
  torchvision: "torchvision",
  upload: "uploaded",
  import: "came with an experiment from another Memoscope",
  thumbnails: "came with an experiment from another Memoscope, scaled down",
};
const SHORT = 12; // characters of a fingerprint that tell data sets apart

/**
 * @param {Dataset} first
 * @param {string | null} study that experiments on it can be set up for
 * @param {(dataset: Dataset) => void} changed
 */
export function datasetHeader(first, study, changed) {
  const badge = datasetBadge();
  const state = datasetState(changed);
  const title = h("h1", { tabindex: -1 });
  const facts = h("dl", { class: "fact-row" });
  const order = h("p", { class: "quiet section-note", hidden: true });
  const lost = h("p", { class: "stale", role: "status", hidden: true });
  const waiting = h("div", {});
  const actions = h(
    "div",
    { class: "actions" },
    study && h("a", { class: "button button-primary", href: `/new/${study}?dataset=${encodeURIComponent(first.id)}` }, "New experiment on this data"),
    ["upload", "import", "thumbnails"].includes(first.source) && h("button", { type: "button", class: "button", onclick: () => remove() }, "Delete…"),
  );
  let shown = "";

  const remove = () =>
    ask(
      { title: "Delete this data set?", detail: "Its pictures and label files go for good, and with them deleted experiments on it. While an experiment uses it, it cannot be deleted.", confirm: "Delete", danger: true },
      async () => {
        await api.removeDataset(first.id);
        navigate("/datasets", { replace: true });
      },
    );

  /** @param {Dataset} dataset */
  const update = (dataset) => {
    lost.hidden = true;
    text(title, dataset.title);
    badge.update(dataset);
    state.update(dataset);
    const rows = factRows(dataset);
    if (JSON.stringify(rows) !== shown) replace(facts, ...rows.map(([name, value, whole]) => h("div", {}, h("dt", {}, name), h("dd", { title: whole ?? null }, value))));
    shown = JSON.stringify(rows);
    order.hidden = dataset.state !== "ready";
    if (order.childElementCount === 0 && dataset.state === "ready") {
      replace(order, `Order: ${dataset.order} `, h("a", { href: `${datasetUrl(dataset.id)}/examples.csv`, download: true }, "examples.csv"), " lists it.");
    }
    const words = waitingWords(dataset);
    if (waiting.textContent === "" || words === null || !waiting.textContent?.includes(words.title)) {
      replace(waiting, words && notice({ ...words, kind: dataset.state === "preparing" ? "waiting" : "empty" }));
    }
  };

  update(first);
  return {
    element: h(
      "header",
      { class: "experiment-header" },
      h("p", { class: "crumb" }, h("a", { href: "/datasets" }, "Data sets"), " / ", h("bdi", {}, first.title)),
      h("div", { class: "header-line" }, title, badge.element),
      facts,
      order,
      state.element,
      lost,
      actions,
      waiting,
    ),
    update,
    /** @param {unknown} error */
    stale(error) {
      lost.hidden = false;
      text(lost, `This page is not up to date: ${reason(error)}`);
    },
  };
}

/**
 * @param {Dataset} dataset
 * @returns {[name: string, value: string, whole?: string][]}
 */
function factRows(dataset) {
  const { id, source, n_train, n_test, classes, fingerprint, created_at, download_bytes, lying } = dataset;
  return [
    ["Source", SOURCES[source]],
    ["Id", id],
    ["Training pictures", count(n_train)],
    ["Test pictures", count(n_test)],
    ["Picture size", pictureSize(dataset)],
    ["Classes", count(classes.length)],
    ...(download_bytes && !fingerprint && !lying ? [/** @type {[string, string]} */ (["Download", bytes(download_bytes)])] : []),
    ["Fingerprint", fingerprint ? `${fingerprint.slice(0, SHORT)}…` : "none yet", fingerprint ?? "known once the pictures are here"],
    ["Added", moment(created_at)],
  ];
}

/** @param {Dataset} dataset */
function waitingWords(dataset) {
  const { state } = dataset;
  if (state === "ready" || state === "failed") return null; // what went wrong already stands there
  if (state === "preparing") return { title: "The pictures are on their way", detail: "This page shows them as soon as they are here. You can set up an experiment already; it starts then." };
  if (isHere(dataset)) return { title: "The pictures lie on this machine", detail: "Have them read now, or set up an experiment: the first one that needs them has them read." };
  return { title: "The pictures are not here yet", detail: "Download them now, or set up an experiment: the first one that needs them has them downloaded." };
}
