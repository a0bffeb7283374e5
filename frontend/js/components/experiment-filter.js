/** Which experiments a list shows: words, a study, a state. */

import { h } from "../dom.js";
import { STATES } from "../home-view.js";

/** @import { Study } from "../../types/api.js" */
/** @typedef {Pick<import("../home-view.js").HomeView, "q" | "study" | "state">} Wanted */

const SETTLED_MS = 200;

/**
 * @param {Study[]} studies
 * @param {(wanted: Wanted) => void} changed
 * @returns {{ element: HTMLElement, update: (wanted: Wanted) => void }}
 */
export function experimentFilter(studies, changed) {
  let timer = 0;
  const words = h("input", {
    type: "search",
    name: "q",
    maxLength: 100,
    placeholder: "Search titles and data sets",
    "aria-label": "Search experiments by title, study or data set",
    oninput: () => {
      clearTimeout(timer);
      timer = window.setTimeout(tell, SETTLED_MS);
    },
  });
  const study = options("study", "Study", "All studies", studies.map(({ name, title }) => [name, title]), () => tell());
  const state = options("state", "State", "Any state", Object.entries(STATES).map(([name, { title }]) => [name, title]), () => tell());
  const tell = () => {
    clearTimeout(timer);
    changed({ q: words.value.trim(), study: study.value, state: state.value });
  };
  const element = h("form", { class: "experiment-filter", role: "search", onsubmit: (/** @type {Event} */ event) => event.preventDefault() }, words, study, state);
  return {
    element,
    update(wanted) {
      if (words.value.trim() !== wanted.q) words.value = wanted.q;
      study.value = wanted.study;
      state.value = wanted.state;
    },
  };
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string} all what stands for no choice
 * @param {string[][]} choices names and titles
 * @param {() => void} onchange
 */
function options(name, label, all, choices, onchange) {
  return h(
    "select",
    { name, "aria-label": label, onchange },
    h("option", { value: "" }, all),
    ...choices.map(([value, title]) => h("option", { value: value ?? "" }, title ?? "")),
  );
}
