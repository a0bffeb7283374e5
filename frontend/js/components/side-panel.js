/** A panel beside a gallery that shows one of its examples, says which one of how many, and leads to the next. */

import { h, replace, text } from "../dom.js";
import { count } from "../format.js";
import { icon } from "../icons.js";
import { shortcuts } from "../keyboard.js";

/** @typedef {import("../dom.js").Child} Child */

/**
 * @param {object} act
 * @param {(step: 1 | -1) => void} act.turn
 * @param {() => void} act.close
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, show: (place: { position: number | null, total: number }, links: Child[], body: Child[]) => void, hide: () => void }}
 */
export function sidePanel({ turn, close }, signal) {
  const place = h("p", { class: "side-place", "aria-live": "polite" });
  const links = h("span", { class: "side-links" });
  const body = h("div", { class: "side-body" });
  /** @param {string} name @param {string} sign @param {() => void} act */
  const button = (name, sign, act) => h("button", { type: "button", class: "icon-button", "aria-label": name, title: name, onclick: act }, icon(sign));
  const previous = button("Previous example", "left", () => turn(-1));
  const next = button("Next example", "right", () => turn(1));
  const element = h(
    "section",
    { class: "side-panel", "aria-label": "Details", hidden: true },
    h("div", { class: "side-head" }, previous, place, next, links, button("Close the details", "close", close)),
    body,
  );
  shortcuts("Details", [{ keys: ["Escape"], title: "Close the details", act: close, holds: () => !element.hidden }], signal);
  return {
    element,
    show({ position, total }, ways, content) {
      element.hidden = false;
      text(place, position === null ? "not in this view" : `${count(position)} of ${count(total)}`);
      previous.disabled = position === null || position <= 1;
      next.disabled = position === null || position >= total;
      replace(links, ...ways);
      replace(body, ...content);
    },
    hide() {
      element.hidden = true;
    },
  };
}
