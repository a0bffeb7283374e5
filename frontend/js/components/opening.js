/** What the first page begins with: one example, the models that were asked about it as dots, and the score that follows. */

import { aborted, api, reason } from "../api.js";
import { depict, h, refer, replace, text } from "../dom.js";
import { count, counted, interval, percent, score } from "../format.js";
import { ALL } from "../home-view.js";
import { icon } from "../icons.js";
import { shortcuts } from "../keyboard.js";
import { exampleHref, experimentHref } from "../place.js";
import { scoreOf, sidesOf, told } from "../story.js";
import { dots } from "./dots.js";
import { fall } from "./fall.js";
import { scoreRuler } from "./score-ruler.js";
import { isLive } from "./status.js";
import { term } from "./term.js";

/** @import { Opening, Poll } from "../../types/api.js" */
/** @typedef {{ story: string, asked: number | null }} Shown */

const LEAST = 2; // models: fewer make no score

/**
 * @param {Opening} first
 * @param {Shown} shown
 * @param {(shown: Shown) => void} changed by the reader
 * @param {AbortSignal} signal
 * @returns {{ element: HTMLElement, update: (opening: Opening) => void, restore: (shown: Shown) => void, start: () => void }}
 */
export function opening(first, shown, changed, signal) {
  let current = first;
  let view = shown;
  /** @type {Poll | null} */
  let poll = null;
  let fallen = "";

  const title = h("h2", { class: "story-title", "aria-live": "polite" });
  const words = h("p", { class: "story-words" });
  const picture = h("img", { class: "pixels", width: 220, height: 220 });
  const label = h("p", { class: "story-label" });
  const having = dots("saw it in training");
  const without = dots("never saw it");
  /** What the explanations of its terms say of it. */
  const numbers = { score: "", interval: "" };
  const limit = h("span", {});
  let termed = "";
  const sum = h("p", { class: "story-sum" });
  const ruler = scoreRuler();
  const limits = h("p", { class: "story-interval" });
  const slider = h("input", { type: "range", min: LEAST, step: 1, oninput: () => tell({ asked: Number(slider.value) === Number(slider.max) ? null : Number(slider.value) }) });
  const asked = h("output", { class: "story-asked" });
  const order = h("p", { class: "quiet", hidden: true }, "Only the counts of this experiment are kept. Which model gave which answer is drawn by chance here.");
  const trouble = h("p", { class: "stale", role: "status", hidden: true });
  const one = h(
    "div",
    { class: "story-one" },
    h("div", { class: "story-picture" }, picture, label),
    h("div", { class: "story-dots" }, having.element, without.element, key()),
    h(
      "div",
      { class: "story-score" },
      sum,
      ruler.element,
      limits,
      h("label", { class: "story-slider" }, h("span", {}, "Models asked ", asked), slider),
      order,
    ),
  );
  const all = h("div", { class: "story-all", hidden: true });
  const nextWords = h("span", {});
  const next = h("button", { type: "button", class: "button button-primary", onclick: () => go(1) }, nextWords, icon("right"));
  const everything = h("button", { type: "button", class: "button", onclick: () => tell({ story: ALL }) }, "All examples");
  const page = h("a", { class: "button" }, "This example’s page");
  const from = h("p", { class: "quiet story-from" });
  const element = h(
    "section",
    { class: "card opening", "aria-label": "One example, and what models say of it", "data-ready": "false" },
    h("div", { class: "story-head" }, title, words),
    one,
    all,
    trouble,
    h("div", { class: "story-foot" }, h("p", { class: "actions" }, next, everything, page), from),
  );

  /** The place among the stories, -1 for all examples. */
  const at = () => (view.story === ALL ? -1 : Math.max(0, current.stories.findIndex(({ kind }) => kind === view.story)));

  /** @param {Partial<Shown>} change */
  const tell = (change) => {
    view = { ...view, ...change };
    changed(view);
    show();
  };

  /** @param {number} step */
  const go = (step) => {
    const kinds = [...current.stories.map(({ kind }) => String(kind)), ALL];
    const place = at() < 0 ? kinds.length - 1 : at();
    tell({ story: kinds.at((place + step) % kinds.length) ?? "" });
  };

  const showAll = () => {
    const { histogram, experiment } = current;
    const size = `${experiment.size_name} ${count(histogram.size)}`;
    text(title, "All examples at once");
    text(words, `Every example of the training set has such a score. Here they fall to where their scores are, for models of ${size}.`);
    const state = JSON.stringify(histogram);
    if (state !== fallen) replace(all, fall(histogram));
    fallen = state;
    element.dataset.ready = "true";
    refer(page, experimentHref(experiment.id, `?tab=explore&size=${histogram.size}`));
    text(page, "Look at them by score");
  };

  const ask = () => {
    if (!poll) return;
    const total = poll.had.length;
    const number = Math.max(Math.min(LEAST, total), Math.min(view.asked ?? total, total));
    const sides = sidesOf(poll, number);
    const value = scoreOf(sides);
    const [low, high] = [poll.low[number - 1] ?? null, poll.high[number - 1] ?? null];
    slider.max = String(total);
    slider.value = String(number);
    slider.setAttribute("aria-valuetext", `${counted(number, "model")} asked, score ${score(value)}, interval ${interval(low, high)}`);
    text(asked, `${number} of ${total}${poll.models > total ? `, the first of ${count(poll.models)}` : ""}`);
    having.ask(sides.having.had);
    without.ask(sides.without.had);
    ruler.update(value, low, high);
    const { having: yes, without: no } = sides;
    const fractions = [h("span", { class: "story-fraction" }, `${yes.right}/${yes.had}`), " − ", h("span", { class: "story-fraction" }, `${no.right}/${no.had}`), " = "];
    numbers.score = value === null ? "" : `${yes.right}/${yes.had} − ${no.right}/${no.had} = ${score(value)}`;
    numbers.interval = `${interval(low, high)}, from ${counted(number, "model")}`;
    replace(sum, ...(value === null ? ["No score without a model of each kind"] : [...fractions, h("b", {}, score(value))]));
    const told = `${percent(poll.confidence)} interval`;
    if (told !== termed) {
      // Made once: an explanation that is open stays so while models are asked.
      replace(limits, term("memorization_score", "memorization score", () => numbers.score), ", ", term("interval", told, () => numbers.interval), limit);
      termed = told;
    }
    text(limit, ` ${interval(low, high)}`);
    order.hidden = poll.kept;
    element.dataset.asked = String(number);
  };

  const showOne = async () => {
    const story = current.stories[at()];
    if (!story) return;
    const { score: example } = story;
    const { id, size_name: sizeName } = current.experiment;
    const said = told(story, sizeName);
    text(title, said.title);
    text(words, said.text);
    depict(picture, example.image);
    picture.alt = `Example ${example.index}, label ${example.label_name}`;
    replace(label, "Label ", h("bdi", {}, example.label_name), example.flipped && h("span", { class: "quiet" }, ` (it was ${example.original_label_name})`));
    refer(page, exampleHref(id, example.index, `?size=${example.size}`));
    text(page, "This example’s page");
    try {
      const found = await api.poll(id, example.index, example.size, signal);
      if (current.stories[at()] !== story) return; // the reader has gone on
      poll = found;
      having.show(found.right.filter((_, model) => found.had[model]));
      without.show(found.right.filter((_, model) => !found.had[model]));
      trouble.hidden = true;
      ask();
      element.dataset.ready = "true";
    } catch (error) {
      if (aborted(error)) return;
      text(trouble, `The models’ answers could not be loaded: ${reason(error)}`);
      trouble.hidden = false;
    }
  };

  let story = "";
  const show = () => {
    const is = at() < 0;
    one.hidden = is;
    all.hidden = !is;
    everything.hidden = is;
    text(nextWords, is ? "From the beginning" : "Next example");
    const state = JSON.stringify([current.experiment.id, current.experiment.version, at()]);
    if (state === story) return ask();
    story = state;
    showFrom();
    if (is) showAll();
    else showOne();
  };

  const showFrom = () => {
    const { experiment, histogram } = current;
    const link = h("a", { href: experimentHref(experiment.id) }, experiment.title);
    const live = isLive(experiment) ? ` It is still running: ${count(experiment.progress.models_done)} of ${count(experiment.progress.models)} models are trained.` : "";
    const { size } = current.stories[at()]?.score ?? histogram;
    replace(from, "Measured here: ", link, `, ${counted(histogram.n, "picture")}, ${counted(experiment.progress.models_done, "model")}. These are of ${experiment.size_name} ${count(size)}.${live}`);
  };

  shortcuts("What a score is", [{ keys: ["n"], title: "Next example", act: () => go(1) }, { keys: ["p"], title: "Example before", act: () => go(-1) }, { keys: ["a"], title: "All examples", act: () => tell({ story: ALL }) }], signal);
  return {
    element,
    start: show,
    update(opening) {
      current = opening;
      showFrom();
      show();
    },
    restore(shown) {
      view = shown;
      show();
    },
  };
}

function key() {
  return h("p", { class: "dots-key" }, h("span", { class: "dot" }), "right", h("span", { class: "dot dot-wrong" }), "wrong", h("span", { class: "dot is-waiting" }), "not asked");
}
