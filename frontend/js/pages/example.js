/** One example: the picture, its score at every size, what models say that never saw it, and what looks like it. */

import { aborted, api, experimentUrl } from "../api.js";
import { answers } from "../components/answers.js";
import { figurePanel } from "../components/figure.js";
import { furtherNumbers } from "../components/further-numbers.js";
import { trainInfluence } from "../components/influence.js";
import { markBar } from "../components/mark-bar.js";
import { neighbors } from "../components/neighbors.js";
import { labelsFrom } from "../components/order-mark.js";
import { scoreTable } from "../components/score-table.js";
import { sizePicker } from "../components/size-picker.js";
import { h, replace } from "../dom.js";
import { count } from "../format.js";
import { icon } from "../icons.js";
import { shortcuts } from "../keyboard.js";
import { learnTerms } from "../known-terms.js";
import { coalesced } from "../live.js";
import { countWords, markWords } from "../marks.js";
import { datasetOf } from "../panels/panel.js";
import { exampleHref, experimentHref, shareToken } from "../place.js";
import { navigate } from "../router.js";
import { recall } from "../short-views.js";
import { createStore } from "../store.js";
import { testExample } from "./test-example.js";
import { DEFAULT_VIEW, encode, encodeForApi, furtherControls } from "../view.js";

/** @import { Example, Size } from "../../types/api.js" */

/** @type {import("../router.js").PageLoader} */
export async function example([id = "", index = ""], signal) {
  await recall(location.search, signal);
  const experiment = await api.experiment(id, signal);
  const study = await api.study(experiment.study, signal);
  learnTerms([study]);
  const store = createStore(window, furtherControls(study.figures));
  const { size_name } = experiment;
  /** A size of the link that has no scores (yet) counts as none. */
  const view = () => ({ ...store.get(), size: experiment.sizes.find((known) => known === store.get().size) ?? null });
  const fetched = () => api.example(id, index, encodeForApi(view()), signal);
  const opened = await fetched();
  if (opened.split === "test") return testExample(experiment, opened, store, signal);
  const first = opened;
  /** Grows older than the view for as long as a request takes: only its places in the order depend on it. */
  let shown = first;

  const compared = shareToken ? null : store.get().comparison; // no link leads out of a share
  const gallery = () => experimentHref(id, encode({ ...store.get(), tab: "explore", comparison: null, open: first.index }));
  /** @param {number | null | undefined} other */
  const address = (other) => (other === null || other === undefined ? null : exampleHref(id, other, encode(store.get())));
  /** @param {number | null | undefined} other */
  const go = (other) => {
    const href = address(other);
    if (href) navigate(href);
  };
  shortcuts(
    "Example",
    [
      { keys: ["ArrowLeft", "k"], title: "Previous example", act: () => go(shown.previous) },
      { keys: ["ArrowRight", "j"], title: "Next example", act: () => go(shown.following) },
      { keys: ["u", "Escape"], title: "Back to where it was opened", act: () => navigate(compared === null ? gallery() : `/compare${compared}`) },
    ],
    signal,
  );

  const crumb = h("p", { class: "crumb" });
  const turn = h("nav", { class: "turn", "aria-label": "Examples in the gallery’s order" });
  const table = scoreTable(first.sizes, size_name);
  const picker = sizePicker(size_name, null, (size) => store.set({ size }));
  const said = answers(first, size_name);
  const further = furtherNumbers(first.columns, first.sizes);
  const helped = h("div", {});
  const near = neighbors(id, first, (other) => address(other) ?? "", signal);
  const info = study.figures.find(({ name }) => name === "trajectories");
  const figure = info && figurePanel(id, { ...info, title: "Memorization over model size", description: "Score and 95 % interval at every size." }, signal);

  const dataset = datasetOf(experiment);
  const marking = shareToken ? null : markBar({ dataset: dataset, classes: experiment.classes, changed: () => countMarks() }, signal);
  const marked = h("p", { class: "quiet" });
  const countMarks = async () => {
    const counts = await api.markCounts(dataset, signal).catch(() => null);
    if (!counts) return;
    const all = h("a", { href: `/datasets/${encodeURIComponent(dataset)}#marks` }, "All marks of this data set");
    replace(marked, all, counts.total > 0 && `: ${countWords(counts.marks) || "notes alone"}.`);
  };

  const showPlace = () => {
    const links = [h("a", { href: experimentHref(id, encode({ ...store.get(), tab: "overview" })) }, experiment.title), " / ", h("a", { href: gallery() }, "Gallery")];
    replace(crumb, ...(shareToken ? [] : [h("a", { href: "/#experiments-title" }, "Experiments"), " / "]), ...links);
    replace(
      turn,
      turnLink("Previous", "left", address(shown.previous)),
      h("span", { class: "turn-place" }, shown.position === null ? "not in this view" : `${count(shown.position)} of ${count(shown.total)}`),
      compared === null ? h("a", { class: "button", href: gallery() }, "Back to the gallery") : h("a", { class: "button", href: `/compare${compared}` }, "Back to the comparison"),
      turnLink("Next", "right", address(shown.following)),
    );
  };
  const showSize = () => {
    const size = /** @type {Size} */ (first.sizes.find((known) => known.size === view().size) ?? first.sizes.at(-1));
    picker.update(first.sizes.map((known) => known.size), size.size);
    table.update(size);
    said.update(size);
    further.update(size);
    const suggestion = size.answers.find(({ label }) => label !== first.label)?.name ?? null;
    marking?.suggest(suggestion);
    replace(helped, ...trainInfluence(size.influence, `at ${size_name} ${size.size}`, (other) => address(other) ?? ""));
    return near.load(`?size=${size.size}`);
  };
  const change = coalesced(async () => {
    showPlace();
    const compared = showSize();
    try {
      shown = /** @type {Example} */ (await fetched());
      showPlace();
      turn.dataset.size = String(view().size);
    } catch (error) {
      if (!aborted(error)) delete turn.dataset.size; // the order of the size before is better than none
    }
    await compared;
  });
  store.subscribe(change);
  showPlace();

  return {
    title: `Example ${first.index} · ${experiment.title}`,
    element: h(
      "div",
      { class: "page example-page", "data-index": first.index, "data-ready": "true" },
      crumb,
      turn,
      h(
        "div",
        { class: "example-top" },
        portrait(first, altered(experiment.params) ? `${experimentUrl(id)}/examples/${first.index}/seen.png` : null),
        h(
          "div",
          { class: "example-column" },
          h("section", {}, h("h2", {}, `Score at every ${size_name}`), table.element, experiment.label_file && h("p", { class: "quiet" }, "Trained on ", ...labelsFrom(experiment.label_file)), experiment.caution && h("p", { class: "caution" }, experiment.caution)),
          marking ? h("section", {}, h("h2", {}, "Your decision"), marking.element, marked) : first.mark && h("p", {}, markWords(first.mark, first.label_name), first.mark.note && ` · ${first.mark.note}`),
        ),
      ),
      picker.element,
      h(
        "div",
        { class: "example-bottom" },
        h("div", { class: "example-column" }, figure?.element, first.columns.length > 0 && h("section", {}, h("h2", {}, "What else is known of it"), further.element), helped),
        h("section", {}, h("h2", {}, "What models say that never saw it"), said.element),
      ),
      h("section", { class: "example-near" }, h("h2", {}, "Training examples that look like it"), near.element),
    ),
    async start() {
      marking?.show({ picture: first.picture, label: first.label_name, suggestion: null, mark: first.mark });
      if (marking) countMarks();
      figure?.load(encodeForApi(DEFAULT_VIEW, { example: first.index }));
      await showSize();
    },
    restore: store.restore,
  };
}

/** Whether models see something else than the picture. @param {Record<string, unknown>} params */
const altered = ({ image_size, grayscale, pixels }) => Boolean(image_size || grayscale || (pixels && pixels !== "original"));

/**
 * @param {Example} example
 * @param {string | null} seen address of what models see, if that is something else
 */
function portrait({ index, name, image, label_name, original_label_name, flipped, trajectory }, seen) {
  return h(
    "div",
    { class: "portrait" },
    h("img", { class: "pixels", src: image, alt: `Example ${index}, label ${label_name}`, width: 320, height: 320 }),
    h("h1", { tabindex: -1 }, `Label ${label_name}`),
    seen && h("figure", { class: "seen" }, h("img", { class: "pixels", src: seen, alt: `What models see of example ${index}` }), h("figcaption", { class: "quiet" }, "What models see of it")),
    flipped && h("p", { class: "flipped" }, icon("flip"), `The label was changed for training; it was ${original_label_name}.`),
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
function turnLink(name, side, href) {
  const content = side === "left" ? [icon("left"), name] : [name, icon("right")];
  const attributes = href ? { href } : { "aria-disabled": "true", role: "link" };
  return h("a", { class: "button", title: `${name} example (arrow key)`, rel: side === "left" ? "prev" : "next", ...attributes }, ...content);
}
