/** Buttons and keys that mark one picture: four marks, the right label, a note, and back again. */

import { api, reason } from "../api.js";
import { h, replace, text } from "../dom.js";
import { ago } from "../format.js";
import { shortcuts } from "../keyboard.js";
import { MARKS, markWords, reviewer, setReviewer, standing } from "../marks.js";

/** @import { Mark } from "../../types/api.js" */
/** @typedef {import("../marks.js").MarkName} MarkName */

/**
 * @typedef {object} Marked a picture as it is shown
 * @property {number} picture its place in the data set
 * @property {string} label that it has here
 * @property {string | null} suggestion what it should be if the label is wrong
 * @property {Mark | null} mark
 */

/**
 * @param {object} options
 * @param {string} options.dataset
 * @param {string[]} options.classes
 * @param {HTMLElement[]} [options.more] further buttons
 * @param {() => void} [options.decided] at once where a mark is set, before the server has it
 * @param {() => void} [options.changed] after a change, or after one that failed
 * @param {(picture: number, mark: Mark | null) => void} [options.undone] after a change was taken back
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, show: (marked: Marked) => void, suggest: (label: string | null) => void }}
 */
export function markBar({ dataset, classes, more = [], decided, changed, undone }, signal) {
  /** @type {Marked} */
  let shown = { picture: 0, label: "", suggestion: null, mark: null };
  /** @type {{ change: string, picture: number }[]} */
  const changes = [];
  let waiting = Promise.resolve();

  const buttons = MARKS.map(({ mark, title }, place) => {
    const button = h("button", { type: "button", class: "button", onclick: () => toggle(mark) }, h("kbd", {}, place + 1), title);
    return { mark, button };
  });
  const right = h("select", { onchange: () => say({ mark: "wrong_label", suggested_label: right.value || null }) });
  const suggestion = h("label", { class: "filter" }, h("span", {}, "The right label"), right);
  const note = h("textarea", { rows: 2, maxlength: 1000, onchange: () => say({ note: note.value }), onkeydown: leave });
  const name = h("input", { type: "text", maxlength: 100, autocomplete: "name", value: reviewer(), onchange: () => setReviewer(name.value) });
  const state = h("p", { class: "quiet", role: "status" });
  const refusal = h("p", { class: "field-error", role: "alert", hidden: true });
  const back = h("button", { type: "button", class: "button", onclick: () => undo() }, h("kbd", {}, "z"), "Undo");

  /** @param {KeyboardEvent} event */
  function leave(event) {
    if (event.key === "Escape" || (event.key === "Enter" && (event.ctrlKey || event.metaKey))) note.blur();
  }

  /** @param {Mark | null} mark */
  const show = (mark) => {
    shown = { ...shown, mark };
    const now = standing(mark, shown.label);
    for (const { mark: own, button } of buttons) button.setAttribute("aria-pressed", String(own === now));
    suggestion.hidden = now !== "wrong_label";
    right.value = mark?.suggested_label ?? "";
    if (document.activeElement !== note) note.value = mark?.note ?? ""; // what is being typed stays
    text(state, mark?.mark || mark?.note ? `${markWords(mark, shown.label)}${mark.by && ` · ${mark.by}`} · ${ago(mark.at)}` : "Not marked yet.");
    back.disabled = changes.length === 0;
    refusal.hidden = true;
  };

  /**
   * One change after the other: each builds on what the one before has left.
   * @param {() => Promise<void>} act
   */
  const inTurn = (act) => {
    waiting = waiting.then(act).catch((error) => {
      text(refusal, reason(error));
      refusal.hidden = false;
    });
    waiting = waiting.then(changed);
    return waiting;
  };

  /** @param {{ mark?: MarkName | null, suggested_label?: string | null, note?: string | null }} said */
  const say = (said) => {
    const { picture, label } = shown;
    return inTurn(async () => {
      const judged = "mark" in said ? { label } : {};
      const { change, items } = await api.setMarks(dataset, [{ picture, ...judged, ...said }], reviewer());
      if (change) changes.push({ change, picture });
      if (shown.picture === picture) show(items[0] ?? null);
      back.disabled = changes.length === 0;
    });
  };

  /** @param {MarkName} mark */
  const toggle = (mark) => {
    if (standing(shown.mark, shown.label) === mark) return say({ mark: null });
    const said = say(mark === "wrong_label" ? { mark, suggested_label: shown.suggestion } : { mark });
    decided?.();
    return said;
  };

  const undo = () =>
    inTurn(async () => {
      const last = changes.at(-1);
      if (!last) return;
      const { items } = await api.undoMarks(dataset, last.change, reviewer());
      changes.pop();
      const mark = items.find(({ picture }) => picture === last.picture) ?? null;
      if (shown.picture === last.picture) show(mark);
      undone?.(last.picture, mark);
    });

  shortcuts(
    "Marks",
    [
      ...MARKS.map(({ mark, title }, place) => ({ keys: [String(place + 1)], title, act: () => void toggle(mark) })),
      { keys: ["n"], title: "Write a note", act: () => note.focus() },
      { keys: ["z"], title: "Undo the last mark", act: () => void undo() },
    ],
    signal,
  );

  return {
    element: h(
      "div",
      { class: "mark-bar" },
      h("div", { class: "mark-buttons", role: "group", "aria-label": "Mark" }, ...buttons.map(({ button }) => button), ...more, back),
      state,
      refusal,
      suggestion,
      h("label", { class: "filter" }, h("span", {}, "Note ", h("kbd", {}, "n")), note),
      h("label", { class: "filter" }, h("span", {}, "Your name, if others mark too"), name),
    ),
    suggest(label) {
      shown = { ...shown, suggestion: label };
    },
    show(marked) {
      shown = marked;
      const others = classes.filter((each) => each !== marked.label);
      replace(right, h("option", { value: "" }, "not known"), ...others.map((each) => h("option", { value: each }, each)));
      show(marked.mark);
    },
  };
}
