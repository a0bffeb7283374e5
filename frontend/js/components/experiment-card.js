/** An experiment on a card of a list: what it is, how far it is, and its results as a small drawing. */

import { h, refer, replace, text } from "../dom.js";
import { ago, amount, counted, moment, sentence } from "../format.js";
import { fewModels } from "./few-models.js";
import { labelsFrom } from "./order-mark.js";
import { previewDrawing } from "./preview.js";
import { progressBar, statusBadge } from "./status.js";

/** @import { Experiment } from "../../types/api.js" */

/** @returns {import("../dom.js").Component<Experiment>} */
export function experimentCard() {
  const status = statusBadge();
  const preview = previewDrawing();
  const progress = progressBar();
  const link = h("a", { class: "card-link" });
  const study = h("p", { class: "card-study" });
  const facts = h("p", { class: "card-facts" });
  const few = h("p", { class: "card-few" });
  const labels = h("p", { class: "card-labels", hidden: true });
  const when = h("time", {});
  const problem = h("p", { class: "card-error" });
  const unreadable = h("p", { class: "card-unreadable" });
  const element = h(
    "li",
    { class: "card experiment-card" },
    h("div", { class: "card-head" }, h("div", {}, study, h("h3", {}, link)), status.element),
    preview.element,
    few,
    labels,
    progress.element,
    problem,
    unreadable,
    h("p", { class: "card-foot" }, facts, when),
  );
  return {
    element,
    update(experiment) {
      refer(link, `/experiments/${experiment.id}`);
      text(link, experiment.title);
      text(study, sentence(experiment.study));
      status.update(experiment.status);
      element.dataset.status = experiment.status;
      element.dataset.experiment = experiment.id;
      preview.update(experiment.preview);
      const warning = fewModels(experiment);
      element.classList.toggle("is-few", warning !== "");
      few.hidden = warning === "";
      text(few, warning);
      const { label_file: file } = experiment;
      labels.hidden = file === null;
      if (labels.textContent === "") replace(labels, ...labelsFrom(file));
      progress.update(experiment);
      problem.hidden = !experiment.error;
      text(problem, experiment.error ?? "");
      unreadable.hidden = experiment.unreadable === null;
      text(unreadable, experiment.unreadable ?? "");
      text(facts, summary(experiment));
      when.setAttribute("datetime", experiment.created_at);
      when.title = moment(experiment.created_at);
      text(when, ago(experiment.created_at));
    },
  };
}

/** @param {Experiment} experiment */
function summary({ progress, counted: things, sizes, size_name: sizeName }) {
  const all = amount(progress.models, things);
  if (sizes.length === 0) return all;
  const range = sizes.length === 1 ? `${sizeName} ${sizes[0]}` : `${counted(sizes.length, sizeName)} from ${sizes[0]} to ${sizes.at(-1)}`;
  return `${all}, ${range}`;
}
