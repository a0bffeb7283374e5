/** Several examples of the gallery marked at once: chosen by click or key, marked by button or key. */

import { api, reason } from "../api.js";
import { h, replace, text } from "../dom.js";
import { counted } from "../format.js";
import { shortcuts } from "../keyboard.js";
import { MARKS, reviewer } from "../marks.js";

/** @import { MarkIn, Score } from "../../types/api.js" */

/**
 * @param {object} gallery
 * @param {string} gallery.dataset
 * @param {HTMLElement} gallery.grid of cards
 * @param {(index: number) => Score | undefined} gallery.row of a card on screen
 * @param {() => void} gallery.changed called after marks were set or taken back
 * @param {AbortSignal} signal
 * @returns {{ toggle: HTMLElement, bar: HTMLElement }} the button that lets cards be chosen, and what is done with those
 */
export function galleryMarks({ dataset, grid, row, changed }, signal) {
  /** @type {Set<number>} */
  const chosen = new Set();
  let choosing = false;
  const toggle = h("button", { type: "button", class: "button", "aria-pressed": "false", onclick: () => choose(!choosing) }, "Mark several");
  const state = h("span", { role: "status" });
  const buttons = MARKS.map(({ mark, title }, place) => h("button", { type: "button", class: "button", onclick: () => set(mark) }, h("kbd", {}, place + 1), title));
  const all = h("button", { type: "button", class: "link-button", onclick: () => cards().forEach((card) => pick(card, true)) }, "All shown");
  const none = h("button", { type: "button", class: "link-button", onclick: () => clear() }, "None");
  const bar = h("div", { class: "gallery-marks", role: "group", "aria-label": "Mark the chosen examples", hidden: true }, state, ...buttons, all, none);

  const cards = () => /** @type {HTMLElement[]} */ ([...grid.querySelectorAll(".example")]);

  /** @param {boolean} on */
  const choose = (on) => {
    choosing = on;
    toggle.setAttribute("aria-pressed", String(on));
    bar.hidden = !on;
    grid.toggleAttribute("data-choosing", on);
    clear();
  };

  const clear = () => {
    for (const card of cards()) pick(card, false);
    chosen.clear();
    told();
  };

  /** @param {HTMLElement} card @param {boolean} on */
  const pick = (card, on) => {
    const index = Number(card.dataset.index);
    if (on) chosen.add(index);
    else chosen.delete(index);
    card.toggleAttribute("data-chosen", on);
    const link = card.querySelector(".example-link");
    if (on) link?.setAttribute("aria-description", "chosen");
    else link?.removeAttribute("aria-description");
    told();
  };

  const told = () => {
    text(state, chosen.size === 0 ? "Click pictures, or press x, to choose them." : `${counted(chosen.size, "example")} chosen`);
    for (const button of buttons) button.disabled = chosen.size === 0;
  };

  /** @param {Score} shown @param {typeof MARKS[number]["mark"]} mark @returns {MarkIn} */
  const said = ({ picture, label, label_name, answer }, mark) => {
    const suggested = mark === "wrong_label" && answer && answer.label !== label ? { suggested_label: answer.name } : {};
    return { picture, label: label_name, mark, ...suggested };
  };

  /** @param {typeof MARKS[number]["mark"]} mark */
  const set = async (mark) => {
    const items = [...chosen].map(row).filter((shown) => shown !== undefined).map((shown) => said(shown, mark));
    try {
      const { change, changed: times } = await api.setMarks(dataset, items, reviewer());
      clear();
      const back = h("button", { type: "button", class: "link-button", onclick: () => undo(change ?? "") }, "Undo");
      replace(state, `${counted(times, "example")} marked. `, change && back);
      changed();
    } catch (error) {
      text(state, reason(error));
    }
  };

  /** @param {string} change */
  const undo = async (change) => {
    try {
      await api.undoMarks(dataset, change, reviewer());
      text(state, "Undone.");
      changed();
    } catch (error) {
      text(state, reason(error));
    }
  };

  grid.addEventListener(
    "click",
    (event) => {
      const card = /** @type {Element} */ (event.target).closest(".example");
      if (!choosing || !(card instanceof HTMLElement)) return;
      event.preventDefault();
      pick(card, !card.hasAttribute("data-chosen"));
    },
    { signal },
  );
  shortcuts(
    "Mark several",
    [
      {
        keys: ["x"],
        title: "Choose an example",
        act() {
          const card = document.activeElement?.closest(".example");
          if (!choosing) choose(true);
          if (card instanceof HTMLElement) pick(card, !card.hasAttribute("data-chosen"));
        },
      },
      ...MARKS.map(({ mark, title }, place) => ({ keys: [String(place + 1)], title, act: () => void set(mark), holds: () => chosen.size > 0 })),
    ],
    signal,
  );
  return { toggle, bar };
}
