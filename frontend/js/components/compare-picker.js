/** Which experiment stands on one side of a comparison, and at which size. */

import { h, replace } from "../dom.js";
import { sideBadge } from "./compare-side.js";

/** @import { Experiment } from "../../types/api.js" */

/**
 * @param {"a" | "b"} side
 * @param {{ experiment: (id: string) => void, size: (size: number) => void }} change
 */
export function comparePicker(side, change) {
  const experiments = h("select", { "aria-label": `Experiment ${side.toUpperCase()}`, onchange: () => change.experiment(experiments.value) });
  const sizes = h("select", { "aria-label": `Size in ${side.toUpperCase()}`, onchange: () => change.size(Number(sizes.value)) });
  let made = "";

  return {
    element: h("div", { class: "compare-picker", "data-side": side }, sideBadge(side), experiments, sizes),
    /**
     * @param {Experiment[]} offered
     * @param {Experiment | null} chosen
     * @param {number | null} size
     */
    update(offered, chosen, size) {
      const listed = chosen === null || offered.includes(chosen) ? offered : [...offered, chosen]; // a link may name any
      const state = JSON.stringify([listed.map(({ id, title, sizes: known }) => [id, title, known]), chosen?.id]);
      if (state !== made) {
        made = state;
        replace(experiments, chosen === null && h("option", { value: "" }, "Choose an experiment"), ...listed.map(option));
        replace(sizes, ...(chosen?.sizes ?? []).map((known) => h("option", { value: known }, `${chosen?.size_name} ${known}`)));
      }
      experiments.value = chosen?.id ?? "";
      experiments.disabled = listed.length === 0;
      sizes.hidden = chosen === null;
      if (size !== null) sizes.value = String(size);
    },
  };
}

/** @param {Experiment} experiment */
const option = ({ id, title, status }) => h("option", { value: id }, status === "done" ? title : `${title} (${status})`);
