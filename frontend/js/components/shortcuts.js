/** The list of keyboard shortcuts that hold on the page, and the button that shows it. */

import { h } from "../dom.js";
import { present } from "../keyboard.js";
import { sheet } from "./dialog.js";

/** @type {Record<string, string>} */
const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };

/** @returns {HTMLButtonElement} the header's way to the sheet without a keyboard */
export function keyboardButton() {
  return h("button", { type: "button", class: "icon-button", "aria-label": "Keyboard shortcuts", title: "Keyboard shortcuts (?)", onclick: showShortcuts }, "?");
}

export function showShortcuts() {
  sheet(
    "Keyboard shortcuts",
    ...present().map(({ title, list }) =>
      h(
        "section",
        { class: "shortcut-group" },
        h("h3", {}, title),
        h("dl", { class: "shortcuts" }, ...list.map((shortcut) => h("div", {}, h("dt", {}, ...caps(shortcut)), h("dd", {}, shortcut.title)))),
      ),
    ),
  );
}

/** @param {import("../keyboard.js").Shortcut} shortcut */
function caps({ keys, shown = keys }) {
  return shown.flatMap((key, at) => [
    at > 0 && h("span", { class: "quiet" }, "or"),
    ...key.split(" ").map((name) => h("kbd", {}, NAMES[name] ?? name)),
  ]);
}
