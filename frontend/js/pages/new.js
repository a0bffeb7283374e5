/** New experiment: a form made from the study's schema, its price while one types, and its errors at their fields. */

import { aborted, api, ProblemError } from "../api.js";
import { estimatePanel } from "../components/estimate.js";
import { fieldControl } from "../components/field.js";
import { h, replace } from "../dom.js";
import { sentence } from "../format.js";
import { navigate } from "../router.js";
import { decodeParams, encodeParams, fieldsOf, parse, print } from "../schema.js";

/** @import { Study } from "../../types/api.js" */

const DEBOUNCE_MS = 300;

/** @type {import("../router.js").PageLoader} */
export async function newExperiment([name = ""], signal) {
  const study = await api.study(name, signal);
  const form = experimentForm(study, signal);
  const { paper } = study;
  return {
    title: "New experiment",
    element: h(
      "div",
      { class: "page new" },
      h(
        "header",
        { class: "lead" },
        h("p", { class: "crumb" }, h("a", { href: "/" }, "Experiments"), " / New"),
        h("h1", { tabindex: -1 }, study.title),
        h("p", {}, study.summary),
        h("p", { class: "quiet" }, h("cite", {}, paper.title), `, ${paper.authors}, ${paper.year}`),
      ),
      form,
    ),
  };
}

/**
 * @param {Study} study
 * @param {AbortSignal} signal
 */
function experimentForm(study, signal) {
  const fields = fieldsOf(study.params_schema);
  const controls = fields.map(fieldControl);
  const defaults = Object.fromEntries(fields.map((field) => [field.name, field.value]));
  const linked = decodeParams(fields, location.search);
  const title = h("input", { id: "field-title", type: "text", maxlength: 200, autocomplete: "off", placeholder: study.title });
  const summary = h("div", { class: "error-summary", tabindex: -1, role: "alert", hidden: true });
  const offer = h("div", { class: "offer", hidden: true, role: "status" });
  const submit = h("button", { type: "submit", class: "button button-primary" }, "Run experiment");
  const estimate = estimatePanel();
  let request = new AbortController();
  let timer = 0;
  let sent = { body: "", key: "" };
  signal.addEventListener("abort", () => request.abort());

  const params = () => Object.fromEntries(controls.map(({ field, read }) => [field.name, parse(field, read())]));

  /** @param {Record<string, unknown>} values */
  const fill = (values) => {
    for (const { field, write } of controls) write(print(values[field.name] ?? defaults[field.name]));
  };

  /**
   * @param {ProblemError} error
   * @returns {import("../../types/api.js").FieldProblem[]} problems that belong to no field
   */
  const mark = (error) => {
    const problems = error.problem.errors ?? [];
    for (const control of controls) {
      const own = problems.filter(({ pointer }) => pointer.split("/")[2] === control.field.name);
      control.fail(own.length ? own.map(({ detail }) => detail).join(" ") : null);
    }
    const names = fields.map((field) => field.name);
    return problems.filter(({ pointer }) => !names.includes(pointer.split("/")[2] ?? ""));
  };

  const price = async () => {
    request.abort();
    request = new AbortController();
    const { signal: current } = request;
    try {
      const answer = await api.estimate(study.name, params(), current);
      for (const control of controls) control.fail(null);
      estimate.update(answer);
      offerEqual(answer.equal_experiment_id);
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
    history.replaceState(history.state, "", location.pathname + encodeParams(params(), defaults, title.value));
    estimate.stale(null);
    clearTimeout(timer);
    timer = window.setTimeout(price, DEBOUNCE_MS);
  };

  /** @param {boolean} force */
  const send = async (force) => {
    const body = { study: study.name, params: params(), title: title.value.trim() || null, force };
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
      .filter(({ element }) => element.querySelector("[aria-invalid]"))
      .map(({ field, element }) =>
        h("li", {}, h("a", { href: `#field-${field.name}` }, field.title), `: ${element.querySelector(".field-error")?.textContent}`),
      );
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

  const presets = Object.entries(study.presets).map(([name, values]) =>
    h("button", { type: "button", class: "button", onclick: () => (fill({ ...defaults, ...values }), changed()) }, sentence(name)),
  );
  fill(defaults);
  for (const { field, write } of controls) {
    const text = linked.texts[field.name];
    if (text !== undefined) write(text);
  }
  title.value = linked.title;
  price();

  return h(
    "form",
    {
      class: "new-form",
      novalidate: true,
      oninput: changed,
      onsubmit: (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        send(false);
      },
    },
    h(
      "div",
      { class: "new-fields" },
      linked.unknown.length > 0 && h("p", { class: "stale" }, `The link holds names that this study does not know: ${linked.unknown.join(", ")}.`),
      summary,
      h("div", { class: "presets", role: "group", "aria-label": "Presets" }, h("span", { class: "field-label" }, "Start from"), ...presets),
      h(
        "div",
        { class: "field field-title" },
        h("label", { class: "field-label", for: "field-title" }, "Title"),
        title,
        h("p", { class: "field-help" }, "Optional; how the experiment is called in lists."),
      ),
      h("div", { class: "field-grid" }, ...controls.map(({ element }) => element)),
    ),
    h("div", { class: "new-side" }, estimate.element, offer, submit),
  );
}

/** `crypto.randomUUID` exists only on https and localhost; this works on a plain-http network too. */
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
