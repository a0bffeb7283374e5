/** The paper that a study reproduces, in a few lines. */

import { h } from "../dom.js";

/** @import { Paper } from "../../types/api.js" */

/**
 * @param {Paper} paper
 * @param {...import("../dom.js").Child} more stands under it
 */
export function paperLines({ title, authors, year, venue, url }, ...more) {
  return h("div", { class: "paper" }, h("cite", {}, title), h("span", {}, `${authors}, ${year}`), h("span", {}, venue), h("span", { class: "paper-url" }, url), ...more);
}
