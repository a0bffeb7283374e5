/** One of the finished experiments whose examples have scores, or none. */

import { api } from "../api.js";
import { h, replace } from "../dom.js";
import { ago } from "../format.js";

/** @typedef {import("./field.js").Control} Control */
/** @import { Experiment } from "../../types/api.js" */

/**
 * @param {import("../schema.js").Field} field
 * @param {string} id
 * @returns {Control}
 */
export function experimentPicker(field, id) {
  const none = h("option", { value: "" }, "None");
  const select = h("select", { id, name: field.name }, none);
  let wanted = "";

  const keep = () => {
    select.value = wanted;
    if (select.value === wanted) return;
    select.append(h("option", { value: wanted }, `Experiment ${wanted}`));
    select.value = wanted;
  };
  select.addEventListener("input", () => {
    wanted = select.value;
  });

  /** @param {Experiment[]} experiments */
  const offer = (experiments) => {
    const scored = experiments.filter(({ status, sizes }) => status === "done" && sizes.length > 0);
    if (scored.length === 0) none.textContent = "None (no finished experiment with scores yet)";
    replace(select, none, ...scored.map(({ id: key, title, created_at: made }) => h("option", { value: key }, `${title} · ${ago(made)}`)));
    keep();
  };
  // Without the list, what a link names can still be sent.
  api.experiments({}).then(
    ({ items }) => offer(items),
    () => undefined,
  );

  return {
    element: select,
    input: select,
    read: () => select.value || null,
    write(value) {
      wanted = value === null || value === undefined ? "" : String(value);
      keep();
    },
  };
}
