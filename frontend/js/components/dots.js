/** Models as dots: one for each, right or wrong by color and shape, faint while it has not been asked. */

import { h, text } from "../dom.js";
import { counted } from "../format.js";

/**
 * @param {string} title such as “saw it in training”; stands behind the number of models
 * @returns {{ element: HTMLElement, show: (right: boolean[]) => void, ask: (number: number) => void }} `show` takes one
 *   answer for each model in order; `ask` says how many of them were asked
 */
export function dots(title) {
  const heading = h("h3", { class: "dots-title" });
  const field = h("div", { class: "dots", role: "img", "aria-label": `Models that ${title}` });
  const words = h("p", { class: "dots-words" });
  /** @type {boolean[]} */
  let answers = [];
  return {
    element: h("div", { class: "dots-group" }, heading, field, words),
    show(right) {
      answers = right;
      field.replaceChildren(...right.map((is) => h("span", { class: is ? "dot" : "dot dot-wrong" })));
    },
    ask(number) {
      [...field.children].forEach((dot, at) => dot.classList.toggle("is-waiting", at >= number));
      const right = answers.slice(0, number).filter(Boolean).length;
      text(heading, `${counted(number, "model")} ${title}`);
      text(words, number === 0 ? "nobody asked yet" : `${right} of ${number} right`);
      field.setAttribute("aria-label", `${counted(number, "model")} ${title}: ${right} right, ${number - right} wrong`);
    },
  };
}
