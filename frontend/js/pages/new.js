/** New experiment: a form made from the study's schema, its price while one types, and its errors at their fields. */

import { aborted, api, ProblemError, randomKey } from "../api.js";
import { estimatePanel } from "../components/estimate.js";
import { markFields } from "../components/field-errors.js";
import { fitPreview } from "../components/fit-preview.js";
import { notice } from "../components/notice.js";
import { starts } from "../components/starts.js";
import { studyFields } from "../components/study-fields.js";
import { shortTitle } from "../datasets.js";
import { h, replace } from "../dom.js";
import { sentence } from "../format.js";
import { poll } from "../live.js";
import { navigate } from "../router.js";
import { decodeParams, encodeParams } from "../schema.js";
import { studyHref } from "../studies.js";

/** @import { Dataset, Study } from "../../types/api.js" */
/** @import { Params } from "../schema.js" */

const DEBOUNCE_MS = 300;
const BUSY_MS = 2000;
const IDLE_MS = 30000;

/** @type {import("../router.js").PageLoader} */
export async function newExperiment([name = ""], signal) {
  const [study, datasets] = await Promise.all([api.study(name, signal), api.datasets(signal)]);
  if (study.counted === null) return nothingToRun(study);
  const preview = study.pictured.length > 0 ? fitPreview("fit-title", study.pictured, signal) : null;
  /** @param {Params} params @param {Dataset | undefined} dataset */
  const priced = (params, dataset) => preview?.update(params, dataset?.state === "ready");
  const { element: form, refresh, busy } = experimentForm(study, study.counted, datasets.items, priced, signal);
  const { paper } = study;
  return {
    title: "New experiment",
    element: h(
      "div",
      { class: "page new" },
      h(
        "header",
        { class: "lead" },
        crumb(study),
        h("h1", { tabindex: -1 }, study.title),
        h("p", {}, study.summary),
        h("p", { class: "quiet" }, h("cite", {}, paper.title), `, ${paper.authors}, ${paper.year}`),
      ),
      form,
      preview?.element,
    ),
    start() {
      preview?.start();
      const delay = () => (busy() ? BUSY_MS : IDLE_MS);
      setTimeout(() => poll(refresh, delay, signal), delay());
    },
  };
}

/** @param {Study} study */
function crumb({ name, title }) {
  return h("p", { class: "crumb" }, h("a", { href: "/#experiments-title" }, "Experiments"), " / ", h("a", { href: studyHref(name) }, title), " / New");
}

/**
 * The page of a study that is all laboratories.
 * @param {Study} study
 */
function nothingToRun(study) {
  const detail = "This study needs no experiments: its laboratories answer at once.";
  const open = h("a", { class: "button button-primary", href: studyHref(study.name) }, "Open the study");
  return { title: study.title, element: h("div", { class: "page page-narrow" }, crumb(study), notice({ title: study.title, detail, level: "h1" }, open)) };
}

/**
 * @param {Study} study
 * @param {string} counted what its experiments count
 * @param {Dataset[]} datasets
 * @param {(params: Params, dataset: Dataset | undefined) => void} priced called with parameters that can be run
 * @param {AbortSignal} signal
 */
function experimentForm(study, counted, datasets, priced, signal) {
  const form = studyFields(study.params_schema, datasets);
  const { fields, controls } = form;
  const linked = decodeParams(fields, location.search);
  const title = h("input", { id: "field-title", type: "text", maxlength: 200, autocomplete: "off" });
  const summary = h("div", { class: "error-summary", tabindex: -1, role: "alert", hidden: true });
  const offer = h("div", { class: "offer", hidden: true, role: "status" });
  const submit = h("button", { type: "submit", class: "button button-primary" }, "Run experiment");
  const estimate = estimatePanel(counted);
  let request = new AbortController();
  let timer = 0;
  let sent = { body: "", key: "" };
  signal.addEventListener("abort", () => request.abort());

  /**
   * @param {ProblemError} error
   * @returns {import("../../types/api.js").FieldProblem[]} problems that belong to no field
   */
  const mark = (error) => {
    const rest = markFields(controls, error);
    form.unfold();
    return rest;
  };

  const price = async () => {
    const dataset = form.dataset();
    title.placeholder = sentence(study.name) + (study.on_images ? ` on ${dataset ? shortTitle(dataset) : "…"}` : "");
    start.update(dataset);
    request.abort();
    request = new AbortController();
    const { signal: current } = request;
    const params = form.params();
    try {
      const answer = await api.estimate(study.name, params, current);
      markFields(controls, null);
      estimate.update(answer);
      form.setParameters(answer.parameters);
      offerEqual(answer.equal_experiment_id);
      priced(params, form.dataset());
    } catch (error) {
      if (aborted(error) || current.aborted) return;
      offerEqual(null);
      const rest = error instanceof ProblemError ? mark(error) : [];
      const invalid = error instanceof ProblemError && error.status === 422;
      const reasons = rest.map(({ detail }) => detail).join(" ") || "Some values cannot be used yet.";
      estimate.stale(invalid ? reasons : error instanceof Error ? error.message : String(error));
    }
  };

  /** @param {string | null} id */
  const offerEqual = (id) => {
    offer.hidden = id === null;
    if (id === null) return offer.replaceChildren();
    replace(
      offer,
      h("p", {}, "An equal experiment has already finished; its numbers would be the same."),
      h(
        "p",
        { class: "notice-actions" },
        h("a", { class: "button", href: `/experiments/${id}` }, "Open its result"),
        h("button", { type: "button", class: "link-button", onclick: () => send(true) }, "Run anyway"),
      ),
    );
  };

  const changed = () => {
    form.refresh();
    const params = form.params();
    history.replaceState(history.state, "", location.pathname + encodeParams(params, form.defaults(params), title.value));
    estimate.stale(null);
    clearTimeout(timer);
    timer = window.setTimeout(price, DEBOUNCE_MS);
  };

  /** @param {boolean} force */
  const send = async (force) => {
    const body = { study: study.name, params: form.params(), title: title.value.trim() || null, force };
    const text = JSON.stringify(body);
    // The same request keeps its key, so that a second try after a lost answer starts nothing twice.
    if (text !== sent.body) sent = { body: text, key: randomKey() };
    submit.disabled = true;
    summary.hidden = true;
    try {
      const answer = await api.create(body, sent.key);
      navigate(`/experiments/${answer.body.id}`);
    } catch (error) {
      submit.disabled = false;
      showErrors(error);
    }
  };

  /** @param {unknown} error */
  const showErrors = (error) => {
    const rest = error instanceof ProblemError ? mark(error) : [];
    const items = controls
      .filter((control) => control.failure() !== null)
      .map(({ field, failure }) => h("li", {}, h("a", { href: `#field-${field.name}` }, field.title), `: ${failure()}`));
    items.push(...rest.map(({ detail }) => h("li", {}, detail)));
    const message = error instanceof Error ? error.message : String(error);
    replace(summary, h("h2", {}, "This cannot run yet"), items.length ? h("ul", {}, ...items) : h("p", {}, message));
    summary.hidden = false;
    summary.focus();
  };

  summary.addEventListener("click", (event) => {
    const link = /** @type {Element} */ (event.target).closest("a");
    if (!link) return;
    event.preventDefault();
    controls.find(({ field }) => link.hash === `#field-${field.name}`)?.focus();
  });

  const start = starts(study, fields, form.params, (values) => (form.fill(values), changed()), signal);
  form.fill(linked.values);
  title.value = linked.title;
  price();

  const element = h(
    "form",
    {
      class: "new-form",
      novalidate: true,
      oninput: (/** @type {Event} */ event) => (form.typed(event.target), changed()),
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        send(false);
      },
    },
    h(
      "div",
      { class: "new-fields" },
      linked.unknown.length > 0 && h("p", { class: "stale" }, `The link holds what this study does not take: ${linked.unknown.join(", ")}.`),
      summary,
      start.element,
      h(
        "div",
        { class: "field field-title" },
        h("label", { class: "field-label", for: "field-title" }, "Title"),
        title,
        h("p", { class: "field-help" }, "Optional; how the experiment is called in lists."),
      ),
      form.element,
    ),
    h("div", { class: "new-side" }, estimate.element, offer, submit),
  );

  return {
    element,
    busy: () => form.dataset()?.state === "preparing",
    async refresh() {
      if (!study.on_images) return;
      try {
        form.setDatasets((await api.datasets(signal)).items);
      } catch {
        // The list of before stays; submitting says what is wrong.
      }
    },
  };
}
