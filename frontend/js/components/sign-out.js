/** The way out, for a browser that has signed in. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { at } from "../place.js";

/** @returns {HTMLElement[]} nothing where there is nobody to sign out */
export function signOutButtons() {
  if (document.documentElement.dataset.signedIn === undefined) return [];
  const button = h("button", { class: "icon-button", "aria-label": "Sign out", title: "Sign out" }, icon("leave"));
  return [h("form", { method: "post", action: at("/logout") }, button)];
}
