/** Panels for moments without data: empty, waiting, failed. */

import { ProblemError } from "../api.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { base, shareToken } from "../place.js";
import { isLive } from "./status.js";

/**
 * @param {{ title: string, detail?: string, kind?: "empty" | "failed" | "waiting", level?: "h1" | "h2" | "p" }} content
 * @param {...import("../dom.js").Child} actions
 * @returns {HTMLElement}
 */
export function notice({ title, detail, kind = "empty", level = "p" }, ...actions) {
  return h(
    "div",
    { class: `notice notice-${kind}`, role: kind === "failed" ? "alert" : null },
    kind === "failed" ? icon("failed") : humps(),
    h(level, { class: "notice-title", tabindex: level === "h1" ? -1 : null }, title),
    detail && h("p", { class: "notice-detail" }, detail),
    actions.length > 0 && h("p", { class: "notice-actions" }, ...actions),
  );
}

/**
 * Stands where results will be; pages do not ask for results before there are some.
 * @param {import("../../types/api.js").Experiment} experiment
 * @param {string} detail what will be here, while there is hope
 */
export function noResultsYet(experiment, detail) {
  const soon = isLive(experiment) || experiment.progress.done > 0; // what is done is still to be summarized
  if (soon) return notice({ title: "No results yet", detail, kind: "waiting" });
  const why = experiment.status === "failed" ? "It failed before the first unit of work was done; the log says why." : "It was cancelled before the first unit of work was done.";
  return notice({ title: "No results", detail: experiment.actions.includes("resume") ? `${why} Resume goes on with it.` : why });
}

/**
 * A whole page for an error that stopped it from loading.
 * @param {unknown} error
 * @param {() => void} retry
 */
export function failure(error, retry) {
  const missing = error instanceof ProblemError && error.status === 404;
  const detail = error instanceof Error ? error.message : String(error);
  return h(
    "div",
    { class: "page page-narrow" },
    notice(
      { title: missing ? "Not found" : "This page could not be loaded", detail, kind: missing ? "empty" : "failed", level: "h1" },
      missing
        ? h("a", { class: "button", href: shareToken ? base : "/" }, shareToken ? "Back to what was shared" : "All experiments")
        : h("button", { type: "button", class: "button", onclick: retry }, "Try again"),
    ),
  );
}

/** The product's mark: a bimodal histogram. */
function humps() {
  const heights = [9, 5, 2, 1, 1, 2, 3, 7];
  return h(
    "span",
    { class: "humps", "aria-hidden": "true" },
    ...heights.map((height) => h("span", { style: `--h:${height}` })),
  );
}
