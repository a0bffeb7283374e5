/** A data set to choose, with what is known of each: whether it is here, how large it is. */

import { h, replace } from "../dom.js";
import { bytes, counted } from "../format.js";
import { isHere, pictureSize, stateWords } from "../datasets.js";

/** @import { Dataset } from "../../types/api.js" */
/** @typedef {import("./field.js").Control} Control */

const GROUPS = /** @type {const} */ ([
  ["ready", "Ready"],
  ["preparing", "Being prepared"],
  ["here", "On this machine, read when first used"],
  ["absent", "Downloaded when first used"],
  ["failed", "Could not be prepared; tried again when used"],
]);

const FITS = 30; // characters of a title that a list shows whole on a phone

/**
 * @param {import("../schema.js").Field} field
 * @param {string} id
 * @returns {Control}
 */
export function datasetPicker(field, id) {
  const select = h("select", { id, name: field.name });
  const facts = h("p", { class: "picker-facts", "aria-live": "polite" });
  let made = "";
  let wanted = "";

  /** @param {Dataset[]} datasets */
  const options = (datasets) => {
    const groups = GROUPS.map(([state, title]) => {
      const members = datasets.filter((dataset) => dataset.source !== "thumbnails" && (isHere(dataset) ? "here" : dataset.state) === state);
      return members.length > 0 && h("optgroup", { label: title }, ...members.map((dataset) => h("option", { value: dataset.id }, optionText(dataset))));
    });
    replace(select, ...groups);
    keep();
  };

  /** What a link names stays chosen even where there is no such data set; the server then says so. */
  const keep = () => {
    select.value = wanted;
    if (select.value === wanted) return;
    select.append(h("option", { value: wanted }, `${wanted} (not known here)`));
    select.value = wanted;
  };
  select.addEventListener("input", () => {
    wanted = select.value;
  });

  return {
    element: h("div", { class: "picker" }, select, facts),
    input: select,
    read: () => select.value || wanted,
    write(value) {
      wanted = String(value);
      keep();
    },
    surround({ datasets, dataset }) {
      const state = JSON.stringify(datasets.map((each) => [each.id, each.state, each.title, isHere(each)]));
      if (state !== made) options(datasets);
      made = state;
      replace(facts, ...(dataset ? describe(dataset) : []));
    },
  };
}

/** @param {Dataset} dataset */
function optionText(dataset) {
  const download = dataset.state === "absent" && !dataset.lying && dataset.download_bytes ? ` · ${bytes(dataset.download_bytes)}` : "";
  return `${dataset.title}${download}`;
}

/** @param {Dataset} dataset @returns {import("../dom.js").Child[]} */
function describe(dataset) {
  const size = `${counted(dataset.n_train, "training picture")}, ${pictureSize(dataset)}, ${counted(dataset.classes.length, "class", "classes")}. `;
  const then = dataset.state === "ready" ? "" : `${stateWords(dataset)}. The experiment starts when it is here. `;
  const whole = dataset.title.length > FITS ? [h("bdi", {}, dataset.title), ": "] : [];
  return [...whole, size, then, h("a", { href: `/datasets/${encodeURIComponent(dataset.id)}` }, dataset.state === "ready" ? "Look at it" : "Its page")];
}
