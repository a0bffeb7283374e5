/** All terms of art, one after the other, each with an anchor. */

import { api } from "../api.js";
import { explanationOf } from "../components/term.js";
import { h } from "../dom.js";
import { knownTerms, learnTerms } from "../known-terms.js";

/** @type {import("../router.js").PageLoader} */
export async function glossary(_params, signal) {
  learnTerms((await api.studies(signal)).items);
  const terms = knownTerms();
  return {
    title: "Glossary",
    element: h(
      "div",
      { class: "page glossary" },
      h("header", { class: "lead" }, h("h1", { tabindex: -1 }, "Glossary"), h("p", {}, "What the words on these pages mean. Wherever one is underlined with dots, it opens its explanation.")),
      h("nav", { "aria-label": "Terms" }, h("ul", { class: "jumps" }, ...terms.map(({ key, name }) => h("li", {}, h("a", { href: `#${key}` }, name))))),
      h("dl", { class: "glossary-list" }, ...terms.map(({ key, name }) => h("div", { id: key, tabindex: -1 }, h("dt", {}, name), h("dd", {}, ...explanationOf(key))))),
    ),
  };
}
