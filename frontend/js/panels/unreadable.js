/** The overview of an experiment that another version made: why there is nothing to draw, and what is left of it. */

import { notice } from "../components/notice.js";
import { h } from "../dom.js";

/** @type {import("./panel.js").MakePoorPanel} */
export function unreadable({ experiment }) {
  const { unreadable: why, sizes } = experiment();
  const left = sizes.length > 0 ? "Its scores can still be downloaded, and it can be deleted." : "It can be deleted.";
  const detail = `${why ?? ""} So there are no figures and no claims here. ${left} The log and its parameters are in the other tab.`;
  return { element: h("div", { class: "overview" }, notice({ title: "This version cannot show it", detail })), start: () => undefined };
}
