/** A button with a sheet below it: actions in a list, or controls that are needed now and then. */

import { h } from "../dom.js";

/** @typedef {import("../dom.js").Child} Child */

/**
 * @param {Child[]} name what stands on the button
 * @param {...Child} content of the sheet
 * @returns {HTMLDetailsElement}
 */
export function menu(name, ...content) {
  const element = h("details", { class: "menu" }, h("summary", { class: "button" }, ...name), h("div", { class: "menu-sheet" }, ...content));
  closeOutside(element);
  return element;
}

/**
 * Close an open menu on Escape and when the focus or the pointer goes elsewhere.
 * @param {HTMLDetailsElement} details
 */
function closeOutside(details) {
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    event.preventDefault();
    details.open = false;
    details.querySelector("summary")?.focus();
  });
  details.addEventListener("toggle", () => {
    if (!details.open) return;
    const closing = new AbortController();
    /** @param {Event} event */
    const leave = (event) => {
      if (details.open && event.target instanceof Node && details.contains(event.target)) return;
      details.open = false;
      closing.abort();
    };
    document.addEventListener("pointerdown", leave, { signal: closing.signal });
    document.addEventListener("focusin", leave, { signal: closing.signal });
  });
}
