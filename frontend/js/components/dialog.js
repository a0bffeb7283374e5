/** A modal question: confirm something, or give a number for it. */

import { h } from "../dom.js";

/**
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.detail
 * @param {string} question.confirm text of the button that goes on
 * @param {boolean} [question.danger]
 * @param {{ label: string, value: number, min: number, max: number }} [question.number]
 * @param {(value: number) => Promise<void>} act an error it throws is shown in the dialog
 */
export function ask({ title, detail, confirm, danger = false, number }, act) {
  const input = number && h("input", { type: "number", value: number.value, min: number.min, max: number.max, required: true, step: 1 });
  const error = h("p", { class: "field-error", role: "alert", hidden: true });
  const go = h("button", { type: "submit", class: danger ? "button button-danger" : "button button-primary" }, confirm);
  const stay = h("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Keep as it is");
  const form = h(
    "form",
    {
      onsubmit: async (/** @type {SubmitEvent} */ event) => {
        event.preventDefault();
        go.disabled = true;
        try {
          await act(Number(input?.value ?? 0));
          dialog.close();
        } catch (reason) {
          error.textContent = reason instanceof Error ? reason.message : String(reason);
          error.hidden = false;
          go.disabled = false;
        }
      },
    },
    h("h2", { id: "dialog-title" }, title),
    h("p", {}, detail),
    input && h("label", { class: "field" }, h("span", { class: "field-label" }, number.label), input),
    error,
    h("p", { class: "dialog-actions" }, stay, go),
  );
  const dialog = h("dialog", { "aria-labelledby": "dialog-title", onclose: () => dialog.remove() }, form);
  document.body.append(dialog);
  dialog.showModal();
}
