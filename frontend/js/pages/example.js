/** One example: the picture, its score at every size, and what models say that never saw it. */

import { api } from "../api.js";
import { answerTable } from "../components/answers.js";
import { figurePanel } from "../components/figure.js";
import { influenceList } from "../components/influence.js";
import { scoreTable } from "../components/score-table.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { shortcuts } from "../keyboard.js";
import { navigate } from "../router.js";
import { decode, DEFAULT_VIEW, encode, encodeForApi } from "../view.js";

/** @import { Example } from "../../types/api.js" */

/** @type {import("../router.js").PageLoader} */
export async function example([id = "", index = ""], signal) {
  const { view } = decode(location.search);
  const experiment = await api.experiment(id, signal);
  const size = experiment.sizes.find((known) => known === view.size) ?? null;
  const [study, shown] = await Promise.all([
    api.study(experiment.study, signal),
    api.example(id, index, encodeForApi({ ...view, size }), signal),
  ]);
  const back = `/experiments/${id}${encode({ ...view, tab: "explore" })}`;
  const info = study.figures.find(({ name }) => name === "trajectories");
  const figure = info && figurePanel(id, { ...info, title: "Memorization over model size", description: "Score and 95 % interval at every size." }, signal);

  /** @param {number | null} neighbor */
  const address = (neighbor) => (neighbor === null ? null : `/experiments/${id}/examples/${neighbor}${encode(view)}`);
  const previous = address(shown.previous);
  const following = address(shown.following);

  shortcuts(
    "Example",
    [
      { keys: ["ArrowLeft", "k"], title: "Previous example", act: () => previous && navigate(previous) },
      { keys: ["ArrowRight", "j"], title: "Next example", act: () => following && navigate(following) },
      { keys: ["u", "Escape"], title: "Back to the gallery", act: () => navigate(back) },
    ],
    signal,
  );

  return {
    title: `Example ${shown.index} · ${experiment.title}`,
    element: h(
      "div",
      { class: "page example-page", "data-index": shown.index, "data-ready": "true" },
      h(
        "p",
        { class: "crumb" },
        h("a", { href: "/" }, "Experiments"),
        " / ",
        h("a", { href: `/experiments/${id}` }, experiment.title),
        " / ",
        h("a", { href: back }, "Gallery"),
      ),
      h(
        "nav",
        { class: "neighbors", "aria-label": "Examples in the gallery’s order" },
        neighborLink("Previous", "left", previous),
        h("a", { class: "button", href: back }, "Back to the gallery"),
        neighborLink("Next", "right", following),
      ),
      h("div", { class: "example-top" }, portrait(shown), h("section", {}, h("h2", {}, `Score at every ${experiment.size_name}`), scoreTable(shown.sizes, experiment.size_name))),
      h(
        "div",
        { class: "example-bottom" },
        figure?.element,
        h(
          "div",
          {},
          h("section", {}, h("h2", {}, "What models say that never saw it"), answerTable(shown, experiment.size_name)),
          h("section", {}, h("h2", {}, "Test examples it helps"), influenceList(shown, size, experiment.size_name)),
        ),
      ),
    ),
    start() {
      figure?.load(encodeForApi(DEFAULT_VIEW, { example: shown.index }));
    },
  };
}

/** @param {Example} example */
function portrait({ index, name, image, label_name, original_label_name, flipped, trajectory }) {
  return h(
    "div",
    { class: "portrait" },
    h("img", { class: "pixels", src: image, alt: `Example ${index}, label ${label_name}`, width: 320, height: 320 }),
    h("h1", { tabindex: -1 }, `Label ${label_name}`),
    flipped && h("p", { class: "flipped" }, icon("flip"), `The label was flipped on purpose; it was ${original_label_name}.`),
    h(
      "dl",
      { class: "facts" },
      h("div", {}, h("dt", {}, "Example"), h("dd", {}, name)),
      h("div", {}, h("dt", {}, "Trajectory over size"), h("dd", {}, trajectory)),
    ),
  );
}

/**
 * @param {string} name
 * @param {"left" | "right"} side
 * @param {string | null} href
 */
function neighborLink(name, side, href) {
  const content = side === "left" ? [icon("left"), name] : [name, icon("right")];
  const attributes = href ? { href } : { "aria-disabled": "true", role: "link" };
  return h("a", { class: "button", title: `${name} example (arrow key)`, rel: side === "left" ? "prev" : "next", ...attributes }, ...content);
}
