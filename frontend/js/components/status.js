/** Status as icon and word, progress as bar and words. */

import { h, replace, text } from "../dom.js";
import { amount, counted, duration, percent } from "../format.js";
import { icon } from "../icons.js";

/** @import { Experiment, Status } from "../../types/api.js" */
/** @template T @typedef {import("../dom.js").Component<T>} Component */

/** @returns {Component<Status>} */
export function statusBadge() {
  const element = h("span", { class: "status" });
  return {
    element,
    update(status) {
      if (element.dataset.status === status) return;
      element.dataset.status = status;
      replace(element, icon(status), h("span", {}, status));
    },
  };
}

/**
 * @param {Experiment} experiment
 * @returns {boolean} whether a worker may still touch it
 */
export function isLive({ status }) {
  return status === "queued" || status === "running" || status === "cancelling";
}

/**
 * @param {Experiment} experiment
 * @returns {boolean} whether there is anything to show; an experiment may have been summarized before its first unit
 */
export function hasResults({ version, progress }) {
  return version > 0 && progress.done > 0;
}

/**
 * A bar with words; whoever announces it changes the words at most every tenth.
 * @returns {Component<Experiment>}
 */
export function progressBar() {
  const bar = h("progress", { max: 1, value: 0 });
  const words = h("span", { class: "progress-words" });
  const announced = h("span", { class: "visually-hidden", "aria-live": "polite" });
  const element = h("div", { class: "progress" }, bar, words, announced);
  return {
    element,
    update(experiment) {
      const { fraction } = experiment.progress;
      element.dataset.status = experiment.status;
      element.hidden = experiment.status === "done";
      bar.value = fraction;
      bar.setAttribute("aria-label", `Progress of ${experiment.title}`);
      text(words, progressWords(experiment));
      text(announced, `${experiment.status}, ${Math.floor(fraction * 10) * 10} percent`);
    },
  };
}

/** @param {Experiment} experiment */
function progressWords({ status, progress, counted: things }) {
  const parts = [percent(progress.fraction), `${progress.models_done} of ${amount(progress.models, things)}`];
  if (status === "queued") parts.unshift("waits for a worker");
  if (status === "running" && progress.eta_s !== null) parts.push(`about ${duration(progress.eta_s)} left`);
  if (progress.failed > 0) parts.push(`${counted(progress.failed, "unit")} failed`);
  return parts.join(" · ");
}
