/** One data set: facts, pictures, classes, what label noise and other kinds of data would do, label files, and its use. */

import { aborted, api } from "../api.js";
import { classCounts } from "../components/class-counts.js";
import { dataModes } from "../components/data-modes.js";
import { datasetHeader } from "../components/dataset-header.js";
import { datasetMarks } from "../components/dataset-marks.js";
import { datasetReading } from "../components/dataset-reading.js";
import { datasetUsage } from "../components/dataset-usage.js";
import { findErrors } from "../components/find-errors.js";
import { identicalPictures } from "../components/identical.js";
import { labelFiles } from "../components/label-files.js";
import { labelNoise } from "../components/label-noise.js";
import { sampleGrid } from "../components/sample-grid.js";
import { decodeSample, encodeSample } from "../dataset-view.js";
import { h, replace, text } from "../dom.js";
import { poll } from "../live.js";
import { encodeParams } from "../schema.js";
import { picturedOf, reviewingOf, scoringOf } from "../studies.js";

/** @import { Dataset, Pictured, Study } from "../../types/api.js" */

const BUSY_MS = 700;
const IDLE_MS = 15000;

/** @type {import("../router.js").PageLoader} */
export async function dataset([id = ""], signal) {
  const [first, studies] = await Promise.all([api.dataset(id, signal), api.studies(signal)]);
  let current = first;
  const study = scoringOf(studies.items);
  const pictured = picturedOf(studies.items);
  const reviewing = reviewingOf(studies.items);
  const body = h("div", { class: "dataset-body" });
  const warning = h("p", { class: "stale", role: "status", hidden: true });
  const usage = datasetUsage(id, signal);
  /** @type {ReturnType<typeof contents> | null} */
  let parts = null;
  let asked = false;

  /** @param {Dataset} next */
  const become = (next) => {
    const busier = next.state === "preparing" && current.state !== "preparing";
    current = next;
    header.update(next);
    if (next.state === "ready" && !parts) fill();
    parts?.update();
    if (busier) setTimeout(refresh, BUSY_MS);
  };

  const refresh = async () => {
    if (asked) return;
    asked = true;
    try {
      become(await api.dataset(id, signal));
    } catch (error) {
      if (!aborted(error)) header.stale(error);
    }
    asked = false;
  };

  const fill = () => {
    parts = contents(() => current, study, reviewing, pictured, warning, refresh, signal);
    replace(body, ...parts.elements);
    if (body.isConnected) parts.start();
  };

  const header = datasetHeader(first, study?.name ?? null, become);
  if (first.state === "ready") fill();
  return {
    title: first.title,
    element: h("div", { class: "page dataset", "data-dataset": id }, header.element, warning, body, usage.element),
    start() {
      parts?.start();
      usage.load();
      const delay = () => (current.state === "preparing" ? BUSY_MS : IDLE_MS);
      setTimeout(() => poll(refresh, delay, signal), delay());
    },
    restore: () => parts?.restore(),
  };
}

/**
 * What there is to see of a data set that is ready.
 * @param {() => Dataset} dataset
 * @param {Study | undefined} study that gives its examples their scores
 * @param {Study | undefined} reviewing that finds suspect labels
 * @param {Pictured[]} pictured
 * @param {HTMLElement} warning where a link that cannot be read says so
 * @param {() => Promise<void>} refresh
 * @param {AbortSignal} signal
 */
function contents(dataset, study, reviewing, pictured, warning, refresh, signal) {
  let { view } = decodeSample(location.search);
  const address = () => {
    const query = [encodeSample(view), noise?.query() ?? ""].map((part) => part.replace(/^\?/, "")).filter(Boolean);
    return location.pathname + (query.length > 0 ? `?${query.join("&")}` : "");
  };
  const sample = sampleGrid(
    dataset(),
    {
      get: () => view,
      set(patch) {
        view = { ...view, ...patch };
        history.pushState(null, "", address());
        sample.load();
      },
    },
    signal,
  );
  const find =
    reviewing &&
    findErrors(
      dataset(),
      reviewing,
      (budget) => {
        view = { ...view, budget };
        history.replaceState(history.state, "", address());
      },
      signal,
    );
  const counts = classCounts(dataset().id, signal);
  const identical = identicalPictures(dataset(), signal);
  const noise = study ? labelNoise(dataset(), study, () => history.replaceState(history.state, "", address()), signal) : null;
  const modes = dataModes({
    pictured,
    params: { dataset: dataset().id },
    corruption: view.corruption,
    moved(corruption) {
      view = { ...view, corruption };
      history.replaceState(history.state, "", address());
    },
    train: study && ((params) => `/new/${study.name}${encodeParams({ dataset: dataset().id, ...params })}`),
    signal,
  });
  const marks = datasetMarks(dataset().id, { labeled: refresh, train: study && ((name) => `/new/${study.name}${encodeParams({ dataset: dataset().id, labels: name })}`) }, signal);
  const labels = labelFiles(dataset, refresh, signal);

  const read = () => {
    const decoded = decodeSample(location.search);
    view = decoded.view;
    noise?.read(location.search);
    find?.choose(view.budget);
    const known = new Set(["part", "sample", "corruption", "budget", ...(noise?.names ?? [])]);
    const strange = [...new Set(new URLSearchParams(location.search).keys())].filter((key) => !known.has(key));
    const unknown = [...decoded.unknown, ...strange];
    warning.hidden = unknown.length === 0;
    text(warning, `Parts of this link could not be read and were left out: ${unknown.join(", ")}.`);
  };

  read();
  labels.update();
  let known = JSON.stringify(dataset().label_sets);
  return {
    elements: [
      find?.element,
      datasetReading(dataset()),
      sample.element,
      counts.element,
      identical.element,
      pictured.length > 0 && h("section", { "aria-labelledby": "modes-title" }, h("h2", { id: "modes-title" }, "Wrong labels and scrambled pictures"), modes.element),
      noise?.element,
      marks.element,
      labels.element,
    ],
    start() {
      find?.load();
      sample.load();
      counts.load();
      identical.load();
      marks.load();
      noise?.load();
      if (pictured.length > 0) modes.load();
    },
    restore() {
      read();
      sample.load();
      modes.corrupt(view.corruption);
      noise?.load();
    },
    update() {
      const state = JSON.stringify(dataset().label_sets);
      if (state === known) return;
      known = state;
      labels.update();
      noise?.update(dataset());
    },
  };
}
