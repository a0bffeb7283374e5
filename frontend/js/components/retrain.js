/** Trains the same again on corrected labels, and opens the comparison of both when it is done. */

import { api, randomKey, reason } from "../api.js";
import { h, replace, text } from "../dom.js";
import { counted, duration, percent } from "../format.js";
import { poll } from "../live.js";
import { experimentHref } from "../place.js";
import { navigate } from "../router.js";
import { isLive } from "./status.js";

/** @import { Experiment } from "../../types/api.js" */

const WATCH_MS = 1500;

/**
 * @param {string} id of the experiment
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, update: (wrong: number) => void }} `wrong` is how many wrong labels were found
 */
export function retrain(id, signal) {
  const status = h("p", { role: "status" });
  const refusal = h("p", { class: "field-error", role: "alert", hidden: true });
  const button = h("button", { type: "button", class: "button button-primary", onclick: () => train() }, "Train again and compare");

  const train = async () => {
    button.disabled = true;
    refusal.hidden = true;
    text(status, "Making the label file…");
    try {
      const { study, title, params, corrected } = await api.correctExperiment(id);
      const { body } = await api.create({ study, title, params, force: false }, randomKey());
      watch(body, corrected);
    } catch (error) {
      refuse(reason(error));
    }
  };

  /** @param {Experiment} made @param {number} corrected */
  const watch = (made, corrected) => {
    let current = made;
    const stopped = new AbortController();
    const look = async () => {
      current = await api.experiment(made.id, signal).catch(() => current);
      if (signal.aborted) return;
      if (current.status === "done") return navigate(`/compare?a=${id}&b=${made.id}`);
      if (!isLive(current)) {
        stopped.abort();
        return refuse(`The new experiment was ${current.status}. ${current.error ?? ""}`);
      }
      const { fraction, eta_s: eta } = current.progress;
      const page = h("a", { href: experimentHref(made.id) }, "Its own page");
      replace(status, `Training on ${counted(corrected, "corrected label")}: ${percent(fraction)}${eta === null ? "" : `, about ${duration(eta)} left`}. The comparison opens when it is done. `, page);
    };
    poll(look, () => WATCH_MS, AbortSignal.any([signal, stopped.signal]));
  };

  /** @param {string} why */
  const refuse = (why) => {
    button.disabled = false;
    text(status, "");
    text(refusal, why);
    refusal.hidden = false;
  };

  const help = h("p", { class: "quiet" });
  return {
    element: h("section", { class: "review-state", "aria-labelledby": "retrain-title" }, h("h2", { id: "retrain-title" }, "Corrected labels"), help, h("p", {}, button), status, refusal),
    update(wrong) {
      text(help, wrong === 0 ? "Mark a wrong label first, with the right one: then the same models can be trained again without it." : "The same models again, on these labels with yours in place of the wrong ones. They become a label file of the data set.");
      button.hidden = wrong === 0;
    },
  };
}
