/** Where a form starts from: a preset, or settings that fit a budget of time. */

import { aborted, api } from "../api.js";
import { h, replace } from "../dom.js";
import { score } from "../format.js";
import { ownData, withData } from "../presets.js";
import { same } from "../schema.js";

/** @import { Budgets, Dataset, Study } from "../../types/api.js" */
/** @import { Field, Params } from "../schema.js" */

const DECIDED = ["per_class", "image_size"]; // by a budget, of what a form says of data

/**
 * @param {Study} study
 * @param {Field[]} fields
 * @param {() => Params} now what stands in the form
 * @param {(params: Params) => void} choose
 * @param {AbortSignal} signal
 */
export function starts(study, fields, now, choose, signal) {
  const presets = Object.values(study.presets);
  const kept = h("p", { class: "field-help", hidden: true });
  const buttons = Object.entries(study.presets).map(([name, preset]) =>
    h("button", { type: "button", class: "button", onclick: () => choose(own() ? withData(fields, now(), preset) : preset) }, study.preset_titles[name]),
  );
  const offers = h("div", { class: "presets", role: "group", "aria-label": "Budgets of time" });
  const words = h("p", { class: "field-help", "aria-live": "polite" });
  const budgets = h("div", { class: "budgets", hidden: true }, offers, words);
  const about = fields.filter(({ group, name }) => group === "Data" && !DECIDED.includes(name));
  /** @type {unknown} */
  let asked = null;
  let request = new AbortController();
  signal.addEventListener("abort", () => request.abort());

  const own = () => ownData(fields, now(), presets);

  /** @param {Budgets} found */
  const show = ({ items, measured }) => {
    budgets.hidden = items.length === 0;
    replace(
      offers,
      h("span", { class: "field-label" }, "Fit into"),
      ...items.map(({ title, params, half_width: half, words: told }) =>
        h(
          "button",
          { type: "button", class: "button", disabled: params === null, title: told, onclick: () => params && choose(params) },
          title,
          half !== null && h("small", {}, ` ±${score(half)}`),
        ),
      ),
    );
    const none = items.filter(({ params }) => params === null);
    const how = measured ? "as fast as this machine has trained so far" : "at the speed of two usual cores, as nothing was trained here yet";
    replace(words, `Sizes, models and epochs that fit, ${how}, and how well a typical score is known then.`, none.length > 0 && ` ${none.map(({ title }) => title).join(", ")}: too short. ${none[0]?.words}`);
  };

  return {
    element: h(
      "div",
      { class: "starts" },
      h("div", { class: "presets", role: "group", "aria-label": "Presets" }, h("span", { class: "field-label" }, "Start from"), ...buttons),
      kept,
      budgets,
    ),

    /**
     * Say what presets keep, and ask what budgets buy where the data are others than before.
     * @param {Dataset | undefined} dataset
     */
    async update(dataset) {
      kept.hidden = !own() || !dataset;
      replace(kept, "Presets keep your data, ", h("b", { dir: "auto" }, dataset?.title), ", and change the other settings.");
      const params = now();
      const data = about.map(({ name }) => params[name]);
      if (!study.scored || !study.on_images || same(data, asked)) return;
      asked = data;
      request.abort();
      request = new AbortController();
      try {
        show(await api.budgets(study.name, Object.fromEntries(about.map(({ name }, i) => [name, data[i]])), request.signal));
      } catch (error) {
        if (aborted(error)) return;
        budgets.hidden = true; // the fields at fault say what is wrong
        asked = null;
      }
    },
  };
}
