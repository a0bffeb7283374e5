/** A laboratory: sliders, and the figures and claims of where they stand, which follow while they are dragged. */

import { aborted, api, labUrl, ProblemError, reason } from "../api.js";
import { h, refer, replace, text } from "../dom.js";
import { icon } from "../icons.js";
import { encodeLab } from "../lab-view.js";
import { coalesced } from "../live.js";
import { whenNear } from "../near.js";
import { encodeParams, same } from "../schema.js";
import { claimChecks, showClaims } from "./claims.js";
import { copyLink } from "./copyable.js";
import { markFields } from "./field-errors.js";
import { figureFrame } from "./figure-frame.js";
import { liveControl } from "./inputs.js";
import { studyFields } from "./study-fields.js";
import { termed } from "./term.js";

/** @import { Claim, DrawnFigure, Lab, LabInfo } from "../../types/api.js" */
/** @import { Params } from "../schema.js" */
/** @typedef {import("./figure-frame.js").FigureFrame} FigureFrame */

/**
 * @typedef {object} LabSection
 * @property {string} name
 * @property {import("../schema.js").Field[]} fields
 * @property {HTMLElement} element
 * @property {() => string} query what differs from the defaults
 * @property {(params: Params) => void} restore put the sliders where an address says; what it does not tell is at its default
 * @property {() => void} start load it when it comes near
 */

/**
 * @param {string} study
 * @param {LabInfo} info
 * @param {(what: string) => void} moved called after somebody moved something, with its name
 * @param {AbortSignal} signal
 * @returns {LabSection}
 */
export function labSection(study, info, moved, signal) {
  const id = `lab-${info.name}`;
  const form = studyFields(info.params_schema, [], { prefix: id, make: liveControl });
  const stale = h("p", { class: "stale", role: "status", hidden: true });
  const figures = h("div", { class: "lab-figures" });
  const claims = labClaims();
  const query = () => encodeParams(form.params(), form.defaults(form.params()));
  const link = copyLink(() => location.origin + location.pathname + encodeLab(info.name, query()), info.title);
  const reset = h("button", { type: "button", class: "button", "aria-label": `Reset ${info.title}` }, "Reset");
  const answer = h("a", { class: "button", "aria-label": `Download the numbers of ${info.title} as JSON`, download: `${study}-${info.name}.json` }, icon("download"), "Download");
  /** @type {Map<string, FigureFrame>} */
  const frames = new Map();
  let arranged = "";
  /** The query whose answer is on screen. @type {string | null} */
  let shown = null;
  let near = false;

  /** @param {DrawnFigure[]} drawn */
  const arrange = (drawn) => {
    const state = JSON.stringify(drawn.map(({ name, section }) => [name, section]));
    if (state === arranged) return; // a figure that someone looks at stays where it is
    arranged = state;
    for (const figure of drawn) {
      if (frames.has(figure.name)) continue;
      const frame = figureFrame(figure, `${study}-${info.name}-${figure.name}`, signal, { level: figure.section ? "h4" : "h3" });
      frames.set(figure.name, frame);
      const { points = [] } = /** @type {PlotlyFigure} */ (/** @type {unknown} */ (figure.figure)).layout.meta ?? {};
      points.forEach((name, at) => form.controls.find(({ field }) => field.name === name)?.attach?.(frame, at === 0));
    }
    const sections = [...new Set(drawn.map(({ section }) => section ?? ""))];
    const parts = sections.map((section) => {
      const own = drawn.filter((figure) => (figure.section ?? "") === section);
      return h("div", { class: "lab-part" }, section && h("h3", {}, section), ...own.map(({ name }) => frames.get(name)?.element));
    });
    replace(figures, ...parts);
  };

  /** @param {Lab} found */
  const show = async (found) => {
    arrange(found.figures);
    claims.update(found.claims);
    await Promise.all(
      found.figures.map(async ({ name, figure }) => {
        const frame = frames.get(name);
        await frame?.show(/** @type {PlotlyFigure} */ (/** @type {unknown} */ (figure)));
        frame?.busy(false);
      }),
    );
  };

  /** @param {unknown} error null when all is well */
  const explain = (error) => {
    const rest = markFields(form.controls, error);
    if (error !== null) form.unfold();
    const atFields = error instanceof ProblemError && error.status === 422 && rest.length === 0;
    stale.hidden = error === null;
    const why = atFields ? "some values cannot be used." : reason(error);
    text(stale, error === null ? "" : `${shown === null ? "There is nothing to show" : "What is shown is from before"}: ${why}`);
  };

  // One request at a time; what was moved meanwhile is asked for next, so that no late answer hides a newer one.
  const load = coalesced(async () => {
    const asked = query();
    try {
      if (asked !== shown) {
        const found = await api.lab(study, info.name, asked, signal);
        await show(found);
        shown = asked;
      }
      explain(null);
      element.dataset.ready = String(query() === shown);
    } catch (error) {
      if (aborted(error)) return;
      explain(error);
      element.dataset.ready = "failed";
    }
  });

  const changed = () => {
    const now = query();
    element.dataset.ready = "false";
    reset.disabled = now === "";
    refer(answer, labUrl(study, info.name) + now);
    link.clear();
    if (near) load();
  };

  /** @param {Params} params */
  const restore = (params) => {
    if (same({ ...form.defaults(params), ...params }, form.params())) return; // what is being typed stays
    form.fill(params);
    changed();
  };

  reset.addEventListener("click", () => {
    form.fill({});
    changed();
    moved("");
  });

  const element = h(
    "section",
    { class: "lab", "data-lab": info.name, "data-ready": "false", "aria-labelledby": id },
    h("div", { class: "lab-head" }, h("h2", { id, tabindex: -1 }, info.title), h("div", { class: "actions" }, link.element, reset, answer), h("p", { class: "lab-about" }, ...termed(info.description))),
    h(
      "div",
      { class: "lab-body" },
      h(
        "form",
        {
          class: "lab-fields",
          "aria-label": `Settings of ${info.title}`,
          novalidate: true,
          oninput: (/** @type {Event} */ { target }) => {
            form.refresh();
            changed();
            moved(/** @type {Element} */ (target).closest("[data-field]")?.getAttribute("data-field") ?? "");
          },
          onsubmit: (/** @type {SubmitEvent} */ event) => event.preventDefault(),
        },
        form.element,
      ),
      h("div", { class: "lab-shown" }, stale, figures, claims.element),
    ),
  );
  form.fill({});
  changed();

  return {
    name: info.name,
    fields: form.fields,
    element,
    query,
    restore,
    start() {
      const come = () => {
        near = true;
        load();
      };
      whenNear(element, come, signal);
    },
  };
}

/** The paper's findings beside what the laboratory computes; cards stay unless they say something else. */
function labClaims() {
  const list = h("ul", { class: "claim-list" });
  const checks = claimChecks();
  const heading = h("h3", {}, "What the paper found, and what comes out here");
  const element = h("div", { class: "lab-claims", hidden: true }, heading, list, checks.element);
  let told = "";
  return {
    element,
    /** @param {Claim[]} claims */
    update(claims) {
      const state = JSON.stringify(claims);
      element.hidden = claims.length === 0;
      if (state === told) return;
      told = state;
      const findings = claims.filter(({ arithmetic }) => !arithmetic);
      heading.hidden = findings.length === 0;
      showClaims(list, findings, { level: "h4", words: termed });
      checks.update(claims);
    },
  };
}
