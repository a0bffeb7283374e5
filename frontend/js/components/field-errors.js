/** What the server says is wrong with fields, shown at them. */

import { ProblemError } from "../api.js";

/** @import { FieldProblem } from "../../types/api.js" */

/**
 * @param {import("./field.js").FieldControl[]} controls
 * @param {unknown} error null clears them all
 * @returns {FieldProblem[]} problems that belong to none of the fields
 */
export function markFields(controls, error) {
  const problems = error instanceof ProblemError ? (error.problem.errors ?? []) : [];
  const fieldOf = (/** @type {FieldProblem} */ { pointer }) => pointer.split("/")[2] ?? "";
  for (const control of controls) {
    const own = problems.filter((problem) => fieldOf(problem) === control.field.name);
    control.fail(own.length > 0 ? own.map(({ detail }) => asSentence(detail)).join(" ") : null);
  }
  const names = controls.map(({ field }) => field.name);
  return problems.filter((problem) => !names.includes(fieldOf(problem)));
}

/** @param {string} words */
const asSentence = (words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}`;
