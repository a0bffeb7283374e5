/** How an upload was read: what looks wrong with its pictures, what was done with them, what was left out. */

import { h } from "../dom.js";
import { counted } from "../format.js";

/** @import { Dataset } from "../../types/api.js" */

/**
 * @param {Dataset} dataset
 * @returns {HTMLElement | null} null where there is nothing to say
 */
export function datasetReading({ reading }) {
  if (!reading || (reading.notes.length === 0 && reading.warnings.length === 0)) return null;
  const { notes, warnings, skipped, skipped_first: first } = reading;
  return h(
    "section",
    { class: "reading", "aria-labelledby": "reading-title" },
    h("h2", { id: "reading-title" }, "How the upload was read"),
    ...warnings.map((warning) => h("p", { class: "stale" }, warning)),
    notes.length > 0 && h("ul", { class: "reading-notes" }, ...notes.map((note) => h("li", {}, note))),
    skipped > 0 &&
      h(
        "details",
        { class: "twin" },
        h("summary", {}, counted(skipped, "skipped file")),
        h("ul", { class: "reading-skipped" }, ...first.map((name) => h("li", {}, h("code", {}, name))), skipped > first.length && h("li", {}, `and ${counted(skipped - first.length, "more file")}`)),
      ),
  );
}
