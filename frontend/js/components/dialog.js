/** Modal dialogs: a question, and a sheet to read. */

import { h, replace } from "../dom.js";

/**
 * Ask to confirm something, or for a number or words.
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.detail
 * @param {string} question.confirm text of the button that goes on
 * @param {boolean} [question.danger]
 * @param {{ label: string, value: number, min: number, max: number }} [question.number]
 * @param {{ label: string, value: string, most: number }} [question.words] `most` characters
 * @param {(value: number) => Promise<string[]>} [question.tell] what the number would mean, in lines below it
 * @param {(value: number, words: string) => Promise<void>} act an error it throws is shown in the dialog
 */
export function ask({ title, detail, confirm, danger = false, number, words, tell }, act) {
  const input =
    (number && h("input", { type: "number", value: number.value, min: number.min, max: number.max, required: true, step: 1 })) ||
    (words && h("input", { type: "text", value: words.value, maxLength: words.most, required: true }));
  const told = h("div", { class: "dialog-told", "aria-live": "polite" });
  let asked = 0;
  const telling = async () => {
    if (!tell || !input) return;
    const mine = ++asked;
    try {
      const lines = input.validity.valid ? await tell(Number(input.value)) : [];
      if (mine === asked) replace(told, ...lines.map((line) => h("p", {}, line)));
    } catch (reason) {
      if (mine === asked) replace(told, h("p", { class: "quiet" }, reason instanceof Error ? reason.message : String(reason)));
    }
  };
  input?.addEventListener("input", telling);
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
          await act(Number(input?.value ?? 0), input?.value ?? "");
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
    input && h("label", { class: "field" }, h("span", { class: "field-label" }, (number ?? words)?.label), input),
    tell && told,
    error,
    h("p", { class: "dialog-actions" }, stay, go),
  );
  const dialog = open(form);
  telling();
}

/**
 * Show something to read.
 * @param {string} title
 * @param {...import("../dom.js").Child} content
 */
export function sheet(title, ...content) {
  const close = h("button", { type: "submit", class: "button" }, "Close");
  open(h("form", { method: "dialog" }, h("h2", { id: "dialog-title" }, title), ...content, h("p", { class: "dialog-actions" }, close)));
}

/** @param {HTMLElement} content whose heading has the id `dialog-title` */
function open(content) {
  const dialog = h("dialog", { "aria-labelledby": "dialog-title", onclose: () => dialog.remove() }, content);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
