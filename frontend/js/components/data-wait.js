/** Why an experiment waits while its data set is prepared, and what to do where that failed. */

import { aborted, api } from "../api.js";
import { datasetHref } from "../datasets.js";
import { h, replace } from "../dom.js";
import { poll } from "../live.js";
import { preparingBar } from "./dataset-state.js";

/** @import { Dataset, Experiment } from "../../types/api.js" */

const POLL_MS = 700;

/**
 * @param {(waits: boolean) => void} changed called when it starts or stops to wait for its data
 * @param {AbortSignal} signal
 * @returns {import("../dom.js").Component<Experiment>}
 */
export function dataWait(changed, signal) {
  const bar = preparingBar();
  const advice = h("p", { class: "data-advice", hidden: true });
  const element = h("div", { class: "data-wait", hidden: true }, bar.element, advice);
  let status = "";
  let controller = new AbortController();
  signal.addEventListener("abort", () => controller.abort());

  /** @param {Dataset} dataset @param {boolean} failed */
  const show = (dataset, failed) => {
    const waits = !failed && dataset.state === "preparing";
    bar.update(dataset);
    advice.hidden = !(failed && dataset.state !== "ready");
    element.hidden = !waits && advice.hidden;
    if (!advice.hidden) {
      const link = h("a", { href: datasetHref(dataset.id) }, dataset.title);
      replace(advice, "Its data set ", link, dataset.state === "preparing" ? " is being tried again; " : " is not here. Once the cause is gone, ", "Resume tries again.");
    }
    changed(waits);
    if (!waits) controller.abort();
  };

  /** @param {string} id @param {boolean} failed */
  const ask = async (id, failed) => {
    try {
      show(await api.dataset(id, controller.signal), failed);
    } catch (error) {
      // The experiment's own state is told all the same.
      if (!aborted(error)) element.hidden = true;
    }
  };

  return {
    element,
    update(experiment) {
      if (experiment.status === status) return;
      status = experiment.status;
      controller.abort();
      controller = new AbortController();
      const { dataset_id: id } = experiment;
      if (id === null) return;
      if (status === "queued") poll(() => ask(id, false), () => POLL_MS, controller.signal);
      else if (status === "failed") ask(id, true);
      else {
        element.hidden = true;
        changed(false);
      }
    },
  };
}
