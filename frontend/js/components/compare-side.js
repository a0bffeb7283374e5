/** The sign of either side of a comparison: its letter on its color. */

import { h } from "../dom.js";

/** @param {"a" | "b"} side */
export const sideBadge = (side) => h("span", { class: "side-badge", "data-side": side }, side.toUpperCase());
