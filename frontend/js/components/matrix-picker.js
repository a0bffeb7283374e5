/** One of the matrices that somebody has brought, or a file to bring another one. */

import { aborted, api, reason } from "../api.js";
import { h, replace, text } from "../dom.js";
import { count, percent } from "../format.js";
import { upload } from "../upload.js";

/** @import { Matrix } from "../../types/api.js" */
/** @typedef {import("./field.js").Control} Control */

const LAYOUTS = [
  ["auto", "As it looks"],
  ["grid", "A grid of numbers"],
  ["entries", "Lines of row, column, value"],
];

/**
 * @param {import("../schema.js").Field} field
 * @param {string} id
 * @returns {Control}
 */
export function matrixPicker(field, id) {
  const none = h("option", { value: "" }, "None");
  const select = h("select", { id, name: field.name }, none);
  const facts = h("p", { class: "picker-facts", "aria-live": "polite" });
  const remove = h("button", { type: "button", class: "button button-quiet", hidden: true }, "Delete this matrix");
  const layout = h("select", { id: `${id}-layout` }, ...LAYOUTS.map(([value, name]) => h("option", { value }, name)));
  const file = h("input", { id: `${id}-file`, type: "file", accept: ".csv,.tsv,.txt,.data,.npy,.npz", "aria-describedby": `${id}-formats` });
  const bar = h("progress", { max: 1, "aria-label": "Upload", hidden: true });
  const refusal = h("p", { class: "field-error", role: "alert", hidden: true });
  /** @type {Matrix[]} */
  let known = [];
  let wanted = "";

  const show = () => {
    select.value = wanted;
    if (select.value !== wanted) {
      select.append(h("option", { value: wanted }, `${wanted} (not known here)`));
      select.value = wanted;
    }
    const chosen = known.find((matrix) => matrix.id === wanted);
    remove.hidden = !chosen;
    text(facts, chosen ? `${share(chosen)} of its entries are known. ${chosen.note}` : "");
  };
  const offer = () => {
    replace(select, none, ...known.map((matrix) => h("option", { value: matrix.id }, `${matrix.name} · ${count(matrix.rows)} × ${count(matrix.columns)}`)));
    show();
  };
  /** @param {string} chosen */
  const choose = (chosen) => {
    wanted = chosen;
    show();
    select.dispatchEvent(new Event("input", { bubbles: true }));
  };
  select.addEventListener("input", () => {
    wanted = select.value;
    show();
  });

  /** @param {unknown} error */
  const fail = (error) => {
    refusal.hidden = error === null;
    text(refusal, error === null || aborted(error) ? "" : reason(error));
  };

  const send = async () => {
    const [first] = file.files ?? [];
    if (!first) return;
    fail(null);
    bar.hidden = false;
    try {
      const query = new URLSearchParams({ name: first.name.replace(/\.[^.]*$/, "").slice(0, 100), layout: layout.value });
      /** @type {Matrix} */
      const made = await upload(`/api/matrices?${query}`, first, {
        progress: (part) => (part < 1 ? (bar.value = part) : bar.removeAttribute("value")),
        signal: new AbortController().signal,
      });
      known = [made, ...known.filter(({ id: other }) => other !== made.id)];
      offer();
      choose(made.id);
    } catch (error) {
      fail(error);
    }
    bar.hidden = true;
  };
  file.addEventListener("change", send);
  layout.addEventListener("change", send); // the chosen file is read anew

  remove.addEventListener("click", async () => {
    fail(null);
    try {
      await api.removeMatrix(wanted);
      known = known.filter((matrix) => matrix.id !== wanted);
      wanted = "";
      offer();
      choose("");
    } catch (error) {
      fail(error);
    }
  });

  // Without the list, what a link names can still be sent.
  api.matrices().then(
    ({ items }) => {
      known = items;
      offer();
    },
    () => undefined,
  );

  return {
    element: h(
      "div",
      { class: "picker" },
      select,
      facts,
      remove,
      h(
        "div",
        { class: "matrix-upload" },
        h("label", { class: "field-label", for: `${id}-file` }, "Bring a matrix"),
        file,
        h("label", { class: "field-label", for: `${id}-layout` }, "Read it as"),
        layout,
        bar,
        refusal,
        h(
          "p",
          { class: "field-help", id: `${id}-formats` },
          "Csv, npy or npz: a grid in which missing entries are empty or NaN, or one line of row, column and value for each known entry, such as user, item and rating.",
        ),
      ),
    ),
    input: select,
    read: () => select.value || null,
    write(value) {
      wanted = value === null || value === undefined ? "" : String(value);
      show();
    },
  };
}

/** @param {Matrix} matrix */
const share = ({ rows, columns, observed }) => percent(observed / (rows * columns));
