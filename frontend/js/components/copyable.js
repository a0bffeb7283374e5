/** Text to take away: a block of it, or the address of what is shown. */

import { copied } from "../clipboard.js";
import { h, text } from "../dom.js";
import { icon } from "../icons.js";

/**
 * A block of text under a heading, with a button that copies it.
 * @param {string} title
 * @param {string} content
 * @param {string} [note]
 * @param {"h2" | "h3"} [level] of the heading
 */
export function copyable(title, content, note, level = "h2") {
  const done = h("span", { role: "status", class: "quiet" });
  const code = h("pre", { tabindex: 0 }, h("code", {}, content));
  const copy = async () => text(done, await copied(content, () => getSelection()?.selectAllChildren(code)));
  const button = h("button", { type: "button", class: "link-button", "aria-label": `Copy: ${title}`, onclick: copy }, "Copy");
  return h("section", { class: "copyable" }, h("div", { class: "copy-head" }, h(level, {}, title), done, button), code, note && h("p", { class: "quiet" }, note));
}

/**
 * A button that copies an address; where it may not, the address is shown to be copied by hand.
 * @param {() => string} address
 * @param {string} name of what it leads to
 */
export function copyLink(address, name) {
  const done = h("span", { role: "status", class: "field-help" });
  const shown = h("input", { type: "text", readonly: true, hidden: true, "aria-label": `Address of ${name}`, onfocus: () => shown.select() });
  const copy = async () => {
    shown.value = address();
    const said = await copied(shown.value, () => {
      shown.hidden = false;
      shown.focus();
    });
    text(done, said);
  };
  const button = h("button", { type: "button", class: "button", "aria-label": `Copy link to ${name}`, onclick: copy }, icon("share"), "Copy link");
  return { button, element: h("span", { class: "copy-link" }, button, done, shown), clear: () => text(done, "") };
}
