/** Help: where to begin, what the words mean, and the keys that hold on the page. */

import { h } from "../dom.js";
import { present } from "../keyboard.js";
import { shareToken } from "../place.js";
import { sheet } from "./dialog.js";
import { startTour } from "./tour.js";

/** @type {Record<string, string>} */
const NAMES = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc" };

/** @returns {HTMLButtonElement} the header's way to help without a keyboard */
export function helpButton() {
  return h("button", { type: "button", class: "icon-button", "aria-label": "Help", title: "Help (?)", onclick: showHelp }, "?");
}

export function showHelp() {
  sheet(
    "Help",
    !shareToken && ways(), // no link leads out of a share
    h("h3", {}, "Keys"),
    ...present().map(({ title, list }) =>
      h(
        "section",
        { class: "shortcut-group" },
        h("h4", {}, title),
        h("dl", { class: "shortcuts" }, ...list.map((shortcut) => h("div", {}, h("dt", {}, ...caps(shortcut)), h("dd", {}, shortcut.title)))),
      ),
    ),
  );
}

function ways() {
  /** @param {Event} event */
  const close = ({ currentTarget }) => /** @type {Element} */ (currentTarget).closest("dialog")?.close();
  /** @param {MouseEvent} event */
  const tour = (event) => {
    close(event);
    startTour();
  };
  return h(
    "ul",
    { class: "help-ways" },
    h("li", {}, h("button", { type: "button", class: "link-button", onclick: tour }, "Take the tour"), " Six steps through the main job, on an experiment that is there."),
    h("li", {}, h("a", { href: "/glossary", onclick: close }, "Glossary"), " What the words mean. Words underlined with dots open their own explanation."),
    h("li", {}, h("a", { href: "/report", onclick: close }, "Report"), " Every claim of every paper beside what was measured here."),
    h("li", {}, h("a", { href: "/", onclick: close }, "First page"), " What a score is, on a real example."),
  );
}

/** @param {import("../keyboard.js").Shortcut} shortcut */
function caps({ keys, shown = keys }) {
  return shown.flatMap((key, at) => [
    at > 0 && h("span", { class: "quiet" }, "or"),
    ...key.split(" ").map((name) => h("kbd", {}, NAMES[name] ?? name)),
  ]);
}
