/** What options do to the training labels, before anything is trained: how many change, into what, and examples. */

import { aborted, api, reason } from "../api.js";
import { h, refer, replace, text } from "../dom.js";
import { count, counted, percent } from "../format.js";
import { changedPairs, noiseFigure } from "../noise-figure.js";
import { decodeParams, encodeOptions, encodeParams } from "../schema.js";
import { drawing } from "./drawing.js";
import { markFields } from "./field-errors.js";
import { notice } from "./notice.js";
import { createPictures } from "./pictures.js";
import { studyFields } from "./study-fields.js";

/** @import { Dataset, Noise, Study } from "../../types/api.js" */
/** @import { Field } from "../schema.js" */

const DEBOUNCE_MS = 300;
const PAIRS_SHOWN = 200;
const PIXELS_ONLY = ["image_size", "grayscale", "pixels"]; // options that leave labels as they are
const RARE = ["classes", "per_class"]; // here: they choose pictures, not labels
const COLORS = { light: ["#ffffff", "#cc79a7", "#5e1f42"], dark: ["#171b21", "#b05f8c", "#f6d6e7"] };

/** @param {Field[]} fields */
const aboutLabels = (fields) =>
  fields
    .filter((field) => field.group === "Data" && field.format !== "dataset" && !PIXELS_ONLY.includes(field.name))
    .map((field) => ({ ...field, advanced: RARE.includes(field.name) }))
    .sort((a, b) => Number(b.name === "label_noise") - Number(a.name === "label_noise"));

/**
 * @param {Dataset} dataset
 * @param {Study} study whose options are offered
 * @param {(query: string) => void} changed called with the options as a query string, to be kept in the address
 * @param {AbortSignal} signal
 */
export function labelNoise(dataset, study, changed, signal) {
  const form = studyFields(study.params_schema, [dataset], { prefix: "noise", arrange: aboutLabels, dataset });
  const facts = h("p", { class: "noise-facts", "aria-live": "polite" });
  const figure = drawing({ title: "Changed labels", name: `${dataset.id}-label-noise` }, signal);
  const plot = h("div", { class: "noise-plot" }, figure.element);
  const twin = h("details", { class: "twin" }, h("summary", {}, "As a table"), h("div", { class: "table-frame" }));
  const examples = h("ul", { class: "changed-list" });
  const state = h("div", {});
  const shown = h("div", { class: "noise-shown" }, h("div", { class: "noise-matrix" }, figure.files, plot, twin), h("div", { class: "noise-examples" }, h("h3", {}, "Some of the changed pictures"), examples));
  const run = h("a", { class: "button" }, "New experiment with these labels");
  const result = h("div", { class: "noise-result", "data-ready": "false" }, facts, state, shown);
  const pictures = createPictures(dataset.id);
  let request = new AbortController();
  let timer = 0;
  signal.addEventListener("abort", () => request.abort());

  const defaults = form.defaults({ dataset: dataset.id });

  const query = () => encodeParams(form.params(), defaults);

  const load = async () => {
    const params = form.params();
    refer(run, `/new/${study.name}${encodeParams({ dataset: dataset.id, ...params }, defaults)}`);
    request.abort();
    request = new AbortController();
    const { signal: current } = request;
    result.dataset.ready = "false";
    try {
      const noise = await api.noise(dataset.id, encodeOptions(params), current);
      markFields(form.controls, null);
      state.replaceChildren();
      shown.hidden = noise.changed === 0;
      text(facts, changedWords(noise, params.noise === "uniform"));
      if (noise.changed > 0) await show(noise);
      result.dataset.ready = "true";
    } catch (error) {
      if (aborted(error) || current.aborted) return;
      mark(error);
      shown.hidden = true;
      text(facts, "");
      replace(state, notice({ title: "These options do not fit", detail: reason(error), kind: "failed" }));
    }
  };

  /** @param {unknown} error */
  const mark = (error) => {
    markFields(form.controls, error);
    form.unfold();
  };

  /** @param {Noise} noise */
  const show = async (noise) => {
    const loading = pictures.load(noise.examples.map(({ index }) => index));
    replace(
      examples,
      ...noise.examples.map((each) => {
        const [own, given] = [noise.classes[each.true] ?? "", noise.classes[each.given] ?? ""];
        const words = h("span", { class: "changed-words", title: `${own} → ${given}` }, h("span", {}, own), h("b", {}, `→ ${given}`));
        return h("li", {}, pictures.canvas(each.index, `Picture ${each.index}`), words);
      }),
    );
    const pairs = changedPairs(noise);
    replace(/** @type {HTMLElement} */ (twin.lastElementChild), pairTable(pairs.slice(0, PAIRS_SHOWN), pairs.length));
    const table = { columns: ["true class", "label trained on", "pictures"], rows: pairs.map((pair) => [pair.true, pair.given, pair.count]) };
    await Promise.all([figure.show((width, theme) => noiseFigure(noise, width, COLORS[theme]), told(noise, pairs), table), loading]);
  };

  const element = h(
    "section",
    { "aria-labelledby": "noise-title", class: "noise" },
    h("h2", { id: "noise-title" }, "Label noise"),
    h("p", { class: "quiet section-note" }, "What an experiment with these options would train on. Nothing is stored: the same options and data seed change the same labels."),
    h(
      "div",
      { class: "noise-parts" },
      h(
        "form",
        {
          class: "card noise-form",
          novalidate: true,
          onsubmit: (/** @type {SubmitEvent} */ event) => event.preventDefault(),
          oninput: () => {
            form.refresh();
            changed(query());
            clearTimeout(timer);
            timer = window.setTimeout(load, DEBOUNCE_MS);
          },
        },
        form.element,
        h("p", {}, run),
      ),
      result,
    ),
  );

  return {
    element,
    load,
    names: form.fields.map(({ name }) => name),
    query,
    /** @param {string} search */
    read(search) {
      form.fill({ dataset: dataset.id, ...decodeParams(form.fields, search).values });
    },
    /** @param {Dataset} next with other label files */
    update(next) {
      dataset = next;
      form.setDataset(next);
    },
  };
}

/**
 * @param {Noise} noise
 * @param {boolean} redrawn whether labels are redrawn from all classes
 */
function changedWords({ n, changed, classes }, redrawn) {
  if (changed === 0) return `None of the ${count(n)} training labels is changed.`;
  const words = `${count(changed)} of ${counted(n, "training label")} are changed, ${percent(changed / n)}.`;
  return redrawn ? `${words} About 1 redrawn label in ${count(classes.length)} stays what it was.` : words;
}

/**
 * The figure in words.
 * @param {Noise} noise
 * @param {{ true: string, given: string, count: number }[]} pairs the most frequent first
 */
function told({ n, changed }, [most]) {
  const pair = most ? ` Most often, ${most.true} becomes ${most.given}: ${counted(most.count, "time")}.` : "";
  return `${count(changed)} of ${counted(n, "training label")} are changed.${pair}`;
}

/**
 * @param {{ true: string, given: string, count: number }[]} pairs
 * @param {number} all
 */
function pairTable(pairs, all) {
  return h(
    "div",
    {},
    h(
      "table",
      { class: "plain-table" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "True class"), h("th", { scope: "col" }, "Label trained on"), h("th", { scope: "col" }, "Pictures"))),
      h("tbody", {}, ...pairs.map((pair) => h("tr", {}, h("th", { scope: "row" }, pair.true), h("td", {}, pair.given), h("td", {}, count(pair.count))))),
    ),
    all > pairs.length && h("p", { class: "quiet" }, `and ${counted(all - pairs.length, "rarer pair")}`),
  );
}
