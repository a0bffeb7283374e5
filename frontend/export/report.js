/** What the numbers mean and where they come from: curves, claims, parameters, provenance. */

import { claimChecks, showClaims } from "../js/components/claims.js";
import { fewModels } from "../js/components/few-models.js";
import { tableTwin } from "../js/components/table-twin.js";
import { h, replace } from "../js/dom.js";
import { count, counted, moment, score, words } from "../js/format.js";
import { chart, drawLines, frame, legend, roundTicks, sizeAxis } from "./chart.js";

/** @import { Facts, Line } from "./data.js" */

const HEIGHT = 260;
const COLORS = { in_accuracy: "--in-accuracy", heldout_accuracy: "--heldout-accuracy", test_accuracy: "--test-accuracy", memorization: "--memorization" };

/**
 * Average memorization with the accuracies it is the difference of, over model size.
 * @param {Facts} facts
 * @returns {HTMLElement}
 */
export function averages({ accuracies: { sizes, lines }, experiment: { size_name: sizeName } }) {
  const drawing = chart("averages", HEIGHT);
  const memorized = lines.find(({ role }) => role === "memorization")?.mean ?? [];
  const summary = `Mean memorization by ${sizeName}: ${sizes.map((size, at) => `${count(size)}: ${score(memorized[at])}`).join(", ")}`;
  drawing.show((width, height) => accuracyChart(width, height, sizeAxis(sizeName, sizes), "accuracy, memorization", sizes, lines, summary));
  return figure("Average memorization and accuracy over model size", drawing.element, lines, sizeName, sizes);
}

/**
 * Learning curves at one size.
 * @param {Facts} facts
 * @returns {{ element: HTMLElement, show: (size: number) => void }}
 */
export function learningCurves({ curves, experiment: { size_name: sizeName } }) {
  const element = h("div", {});
  return {
    element,
    show(size) {
      const found = curves.filter((curve) => curve.size === size);
      const [first] = found;
      element.hidden = !first;
      if (!first) return;
      const drawing = chart("learning", HEIGHT);
      const { epochs, models } = first;
      const lines = found.map(({ line }) => line);
      const summary = `After ${counted(epochs.at(-1) ?? 0, "epoch")}: ${lines.map(({ name, mean }) => `${name} ${score(mean.at(-1))}`).join(", ")}`;
      const axis = { ticks: roundTicks(0, epochs.at(-1) ?? 1), from: 0, to: epochs.at(-1) ?? 1, title: "epoch" };
      drawing.show((width, height) => accuracyChart(width, height, axis, "accuracy", epochs, lines, summary));
      replace(element, figure(`Learning curves at ${sizeName} ${count(size)}, ${counted(models, "model")}`, drawing.element, lines, "epoch", epochs));
    },
  };
}

/**
 * @param {string} title
 * @param {HTMLElement} drawing
 * @param {Line[]} lines
 * @param {string} x name of the horizontal axis
 * @param {number[]} values
 */
function figure(title, drawing, lines, x, values) {
  const twin = tableTwin(title);
  twin.update("", () => ({
    columns: [x, ...lines.flatMap(({ name }) => [name, "±"])],
    rows: values.map((value, at) => [value, ...lines.flatMap(({ mean, sd }) => [mean[at] ?? null, sd[at] ?? null])]),
  }));
  const key = legend(lines.map(({ name, role }) => ({ name, color: color(role) })));
  return h("figure", { class: "figure" }, h("figcaption", {}, h("h3", {}, title), h("p", {}, "Bands: one standard deviation over models.")), key, drawing, twin.element);
}

/**
 * @param {number} width
 * @param {number} height
 * @param {import("./chart.js").Axis} axis
 * @param {string} title of the vertical axis
 * @param {number[]} x
 * @param {Line[]} lines
 * @param {string} summary
 */
function accuracyChart(width, height, axis, title, x, lines, summary) {
  const drawn = frame(width, height, axis, { ticks: roundTicks(0, 1), from: -0.03, to: 1.03, title }, summary);
  drawLines(
    drawn,
    lines.map(({ name, role, mean, sd }) => ({
      name,
      color: color(role),
      points: mean.map((value, at) => /** @type {const} */ ([x[at] ?? 0, value, value - (sd[at] ?? 0), value + (sd[at] ?? 0)])),
    })),
  );
  return drawn.element;
}

/** @param {string} role */
const color = (role) => `var(${COLORS[/** @type {keyof typeof COLORS} */ (role)]})`;

/**
 * @param {Facts} facts
 * @returns {HTMLElement}
 */
export function claims({ claims: found, study, experiment }) {
  const list = h("ul", { class: "claim-list" });
  const checks = claimChecks();
  showClaims(list, found.filter(({ arithmetic }) => !arithmetic), { few: fewModels(experiment) });
  checks.update(found);
  return h(
    "section",
    { class: "claims" },
    h("h2", {}, "Claims"),
    h("p", { class: "quiet" }, "What the paper found, and what was measured here: ", h("cite", {}, study.paper.title), ` (${study.paper.authors}, ${study.paper.venue}).`),
    list,
    checks.element,
  );
}

/**
 * @param {Facts} facts
 * @returns {HTMLElement}
 */
export function provenance({ experiment, dataset, study, exported_at }) {
  const times = { submitted: experiment.created_at, started: experiment.started_at, finished: experiment.finished_at, exported: exported_at };
  const made = Object.entries(times).map(([name, at]) => /** @type {[string, string]} */ ([name, at ? moment(at) : "not yet"]));
  const data = { "data set": dataset.title, fingerprint: dataset.fingerprint };
  return h(
    "section",
    { class: "record" },
    section("Parameters", list(flat(experiment.params))),
    section("Provenance", list([...made, ...flat(data), ...flat(experiment.provenance)])),
    section("Run it again", h("pre", { tabindex: 0 }, h("code", {}, experiment.reproduce)), "copyable"),
    section("Cite the paper", h("pre", { tabindex: 0 }, h("code", {}, study.paper.bibtex)), "copyable"),
  );
}

/**
 * @param {string} title
 * @param {HTMLElement} content
 * @param {string} [kind]
 */
const section = (title, content, kind = "") => h("section", { class: kind }, h("h2", {}, title), content);

/** @param {[string, string][]} rows */
const list = (rows) => h("dl", { class: "record-list" }, ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));

/**
 * Flatten nested facts into rows of name and text.
 * @param {Record<string, unknown>} facts
 * @returns {[string, string][]}
 */
function flat(facts) {
  return Object.entries(facts).flatMap(([name, value]) => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return flat(/** @type {Record<string, unknown>} */ (value));
    return [/** @type {[string, string]} */ ([words(name), value === null || value === "" ? "–" : [value].flat().join(", ")])];
  });
}
