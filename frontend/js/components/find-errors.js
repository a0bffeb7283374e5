/** Looks for wrong labels in a data set: a budget of time, one button, and on to the review of what is found. */

import { aborted, api, randomKey, reason } from "../api.js";
import { h, replace, text } from "../dom.js";
import { duration } from "../format.js";
import { experimentHref } from "../place.js";
import { navigate } from "../router.js";
import { same } from "../schema.js";
import { segments } from "./segments.js";

/** @import { Budgets, Dataset, Study } from "../../types/api.js" */

/**
 * @param {Dataset} dataset
 * @param {Study} study that finds them
 * @param {(budget: string) => void} chosen called with the budget that a reader chooses
 * @param {AbortSignal} signal
 */
export function findErrors(dataset, study, chosen, signal) {
  const offers = h("div", {});
  const words = h("p", { class: "field-help", "aria-live": "polite" }, "Asking what fits into which time…");
  const refusal = h("p", { class: "field-error", role: "alert", hidden: true });
  const button = h("button", { type: "button", class: "button button-primary", disabled: true, onclick: () => start() }, "Find label errors");
  const element = h(
    "section",
    { class: "card find-errors", "aria-labelledby": "find-title", "data-ready": "false" },
    h("h2", { id: "find-title" }, "Find label errors"),
    h("p", { class: "quiet" }, "Trains networks on these labels as they are, and lists the pictures whose label they contradict, most suspect first, for you to decide. No label changes by itself."),
    h("div", { class: "find-start" }, offers, button),
    words,
    refusal,
  );
  /** @type {Budgets["items"]} */
  let items = [];
  let wanted = "";
  /** Chosen by a reader or by the address, else the shortest that suffices. */
  const current = () => items.find(({ name, params }) => name === wanted && params) ?? items.find(({ params }) => params);

  /** Of budgets that buy the same only the least is worth a choice. */
  const distinct = () => items.filter(({ params }, at) => params && !same(params, items[at - 1]?.params));

  const budgets = () => {
    if (distinct().length < 2) return "";
    const picker = segments(
      "Time",
      distinct().map(({ name, title }) => [name, title]),
      (name) => {
        wanted = name;
        chosen(name);
        show();
      },
    );
    picker.update(current()?.name ?? "");
    return picker.element;
  };

  const show = () => {
    const budget = current();
    button.disabled = !budget;
    text(words, budget ? `${budget.words} About ${duration(budget.expected_s)}.` : (items[0]?.words ?? ""));
  };

  const load = async () => {
    try {
      ({ items } = await api.budgets(study.name, { dataset: dataset.id, label_noise: 0 }, signal, "suspects"));
      replace(offers, budgets());
      show();
      element.dataset.ready = "true";
    } catch (error) {
      if (aborted(error)) return;
      text(words, "");
      refuse(error);
      element.dataset.ready = "failed";
    }
  };

  const start = async () => {
    const params = current()?.params;
    if (!params) return;
    button.disabled = true;
    refusal.hidden = true;
    try {
      const request = { study: study.name, title: `Label errors in ${dataset.title}`.slice(0, 200), params, force: false };
      const { body } = await api.create(request, randomKey());
      navigate(`${experimentHref(body.id)}?tab=review`);
    } catch (error) {
      button.disabled = false;
      refuse(error);
    }
  };

  /** @param {unknown} error */
  const refuse = (error) => {
    text(refusal, reason(error));
    refusal.hidden = false;
  };

  return {
    element,
    load,
    /** @param {string} name of a budget, as the address has it */
    choose(name) {
      wanted = name;
      if (items.length === 0) return;
      replace(offers, budgets());
      show();
    },
  };
}
