/** One figure alone, as large as the window, for a room; the arrow keys go through the figures of the tab. */

import { h, text } from "../dom.js";
import { icon } from "../icons.js";
import { shortcuts } from "../keyboard.js";
import { PRESENTED } from "./figure-frame.js";

/**
 * @param {HTMLElement} panel whose figures are shown
 * @param {(name: string | null) => void} go to another figure; null ends it
 * @returns {{ update: (name: string | null) => void }} what the address says is shown
 */
export function presentation(panel, go) {
  const place = h("span", { class: "presented-place", role: "status" });
  const button = (/** @type {string} */ name, /** @type {string} */ picture, /** @type {() => void} */ act) =>
    h("button", { type: "button", class: "icon-button", "aria-label": name, title: name, onclick: act }, icon(picture));
  const bar = h(
    "div",
    { class: "presented-bar", role: "toolbar", "aria-label": "Presentation" },
    button("Figure before (left arrow)", "left", () => step(-1)),
    place,
    button("Next figure (right arrow)", "right", () => step(1)),
    button("End the presentation (Escape)", "close", () => go(null)),
  );
  /** @type {HTMLElement | null} */
  let shown = null;
  /** @type {AbortController | null} */
  let keys = null;

  const figures = () => /** @type {HTMLElement[]} */ ([...panel.querySelectorAll("figure[data-figure]")]).filter((figure) => figure === shown || figure.offsetParent !== null);

  /** @param {number} by */
  const step = (by) => {
    const all = figures();
    const next = all[(all.findIndex((figure) => figure === shown) + by + all.length) % all.length];
    go(next?.dataset.figure ?? null);
  };

  const end = () => {
    const was = shown;
    shown = null;
    keys?.abort();
    keys = null;
    bar.remove();
    delete document.documentElement.dataset.presenting;
    if (!was) return;
    was.classList.remove(PRESENTED);
    was.removeAttribute("popover");
    was.dispatchEvent(new Event("presented"));
    was.scrollIntoView({ block: "center" });
  };

  return {
    update(name) {
      const next = name === null ? null : /** @type {HTMLElement | null} */ (panel.querySelector(`figure[data-figure="${name}"]`));
      if (next === shown && next?.isConnected) return;
      end();
      if (!next) return;
      shown = next;
      keys = new AbortController();
      shortcuts(
        "Presentation",
        [
          { keys: ["ArrowLeft", "PageUp"], title: "Figure before", act: () => step(-1) },
          { keys: ["ArrowRight", "PageDown", " "], shown: ["ArrowRight", "PageDown", "Space"], title: "Next figure", act: () => step(1) },
          { keys: ["Escape"], title: "End the presentation", act: () => go(null) },
        ],
        keys.signal,
      );
      document.documentElement.dataset.presenting = "";
      next.classList.add(PRESENTED);
      next.append(bar);
      next.setAttribute("popover", "manual"); // lifts it over all else, wherever it stands
      next.showPopover();
      const all = figures();
      text(place, `${all.indexOf(next) + 1} of ${all.length}`);
      next.dispatchEvent(new Event("presented"));
    },
  };
}
