/** The papers as questions: each with the picture of its newest finished run, how its claims stand, and what a run costs. */

import { api, reason } from "../api.js";
import { h, keyed, refer, replace, text } from "../dom.js";
import { duration } from "../format.js";
import { icon } from "../icons.js";
import { navigate } from "../router.js";
import { studyHref } from "../studies.js";
import { VERDICT_ICONS, VERDICT_WORDS } from "./claims.js";
import { citation } from "./paper.js";
import { previewDrawing } from "./preview.js";

/** @import { Standing, Study } from "../../types/api.js" */

/** @returns {{ element: HTMLElement, update: (studies: Study[], standings: Standing[]) => void }} */
export function questions() {
  const list = h("ul", { class: "question-list" });
  return {
    element: list,
    update(studies, standings) {
      const known = new Map(standings.map((standing) => [standing.study, standing]));
      const papers = studies.map((study) => ({ study, standing: known.get(study.name) ?? null }));
      keyed(list, papers, ({ study }) => study.name, questionCard);
    },
  };
}

/** @returns {import("../dom.js").Component<{ study: Study, standing: Standing | null }>} */
function questionCard() {
  const link = h("a", {});
  const drawing = previewDrawing();
  const nothing = h("p", { class: "question-nothing" });
  const marks = h("ul", { class: "verdict-marks", "aria-label": "Claims by verdict" });
  const cite = h("p", { class: "question-paper" });
  const see = h("a", { class: "button" }, "See");
  const trouble = h("p", { class: "field-error", role: "alert", hidden: true });
  let name = "";
  const run = h("button", { type: "button", class: "button", onclick: () => start() });

  const start = async () => {
    run.disabled = true;
    trouble.hidden = true;
    try {
      const { body } = await api.create({ study: name, params: {}, force: false }, crypto.randomUUID());
      navigate(`/experiments/${body.id}`);
    } catch (error) {
      text(trouble, reason(error));
      trouble.hidden = false;
    }
    run.disabled = false;
  };

  return {
    element: h("li", { class: "card question-card" }, h("h3", {}, link), h("div", { class: "question-picture" }, drawing.element, nothing), marks, cite, h("p", { class: "actions" }, see, run), trouble),
    update({ study, standing }) {
      name = study.name;
      text(link, study.question);
      refer(link, studyHref(name));
      const drawn = standing?.preview ?? null;
      drawing.element.hidden = drawn === null;
      if (drawn) drawing.update(drawn);
      nothing.hidden = drawn !== null;
      text(nothing, standing?.seconds ? "Not run here yet. Its picture comes with the first run." : "Nothing to run: it has sliders to play with.");
      replace(cite, citation(study.paper));
      cite.title = study.paper.title;
      const found = Object.entries(standing?.claims ?? {});
      marks.hidden = found.length === 0;
      replace(marks, ...VERDICT_WORDS.map(([verdict, several, one]) => mark(verdict, standing?.claims[verdict] ?? 0, several, one)));
      const seen = standing?.experiment ? `/experiments/${standing.experiment}` : studyHref(name);
      refer(see, seen);
      see.setAttribute("aria-label", `See: ${study.title}`);
      run.hidden = !standing?.seconds;
      text(run, `Run it (${duration(standing?.seconds ?? 0)})`);
      run.setAttribute("aria-label", `Run it (${duration(standing?.seconds ?? 0)}): ${study.title}`);
    },
  };
}

/**
 * @param {keyof typeof VERDICT_ICONS} verdict
 * @param {number} number
 * @param {string} several
 * @param {string} one
 */
function mark(verdict, number, several, one) {
  const words = `${number} ${number === 1 ? one : several}`;
  return number > 0 && h("li", { class: "verdict-mark", "data-verdict": verdict, title: words }, icon(VERDICT_ICONS[verdict]), h("span", { "aria-hidden": "true" }, String(number)), h("span", { class: "visually-hidden" }, words));
}
