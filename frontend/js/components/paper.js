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

/** Who wrote it, and when, such as “Zhang et al., 2017”. @param {Pick<Paper, "authors" | "year">} paper */
export function citation({ authors, year }) {
  const names = authors.split(", ").map((author) => author.split(" ").at(-1) ?? author);
  const who = names.length > 2 ? `${names[0]} et al.` : names.join(" and ");
  return `${who}, ${year}`;
}
