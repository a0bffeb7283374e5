/** Trajectories: the types of curves over model size, how the threshold moves them, and examples of each. */

import { aborted, api } from "../api.js";
import { exampleCard } from "../components/example-card.js";
import { figurePanel } from "../components/figure.js";
import { noResultsYet, notice } from "../components/notice.js";
import { createPictures } from "../components/pictures.js";
import { isLive } from "../components/status.js";
import { thresholdSlider } from "../components/threshold-slider.js";
import { trajectoryCard } from "../components/trajectory-card.js";
import { termed } from "../components/term.js";
import { h, keyed, replace, text } from "../dom.js";
import { counted, score } from "../format.js";
import { coalesced } from "../live.js";
import { exampleHref, explicit } from "../place.js";
import { moveLine } from "../plot.js";
import { DEFAULT_VIEW, encode, encodeForApi, TRAJECTORIES } from "../view.js";
import { datasetOf } from "./panel.js";

/** @import { Trajectories } from "../../types/api.js" */
/** @typedef {import("../view.js").View} View */

const THRESHOLDS = "trajectory_thresholds";
const FLOW = "trajectory_flow"; // goes by verdicts, which the threshold does not move
const FIGURES = ["trajectory_types", THRESHOLDS, "trajectory_power", "trajectory_curves", FLOW];
const HOPELESS = 0.5; // a change that half of the examples could not show even if it were as large as this

/** @type {import("./panel.js").MakePanel} */
export function trajectories({ experiment, study, store }, signal) {
  const { id, size_name } = experiment();
  const infos = study.figures.filter(({ name }) => FIGURES.includes(name));
  const figures = infos.map((info) => ({ name: info.name, panel: figurePanel(id, info, signal) }));
  const examples = figurePanel(id, { name: "trajectories", title: "Clearest examples", description: "Their scores at every size with 95 % intervals." }, signal);
  const thresholds = figures.find(({ name }) => name === THRESHOLDS)?.panel;
  const pictures = createPictures(datasetOf(experiment()));
  const slider = thresholdSlider((tau, history) => store.set({ tau }, { history }), () => load());
  const power = h("p", { class: "trajectory-power", "aria-live": "polite" });
  const controls = h("div", { class: "trajectory-controls" }, slider.element, power);
  const types = h("ul", { class: "trajectory-types" });
  const picker = h("div", { class: "segments" });
  const strip = h("ul", { class: "gallery-grid" });
  const state = h("div", {});
  const content = h(
    "div",
    { class: "trajectory-content" },
    types,
    h("div", { class: "trajectory-figures" }, ...figures.map(({ panel }) => panel.element)),
    h(
      "section",
      { class: "trajectory-examples", "aria-labelledby": "trajectory-examples-title" },
      h("h2", { id: "trajectory-examples-title" }, "The clearest examples of a type"),
      h("fieldset", {}, h("legend", { class: "visually-hidden" }, "Type of trajectory"), picker),
      examples.element,
      strip,
    ),
  );
  const element = h(
    "div",
    { class: "trajectory-tab", "data-ready": "false" },
    h(
      "p",
      { class: "trajectory-rule" },
      ...termed("The rule fits lines through the scores over all sizes, through the first and through the last ones. What a line rises or falls counts "
        + "if it is at least the threshold and larger than sampling noise explains, at 95 %. The rule is ours; the paper’s is not available."),
    ),
    h(
      "p",
      { class: "trajectory-rule" },
      ...termed("The placebo is the same rule on parts of the models of one size, as if they were sizes: any change is noise. It is no more than that: "
        + "a part has wider intervals than all models. Where models suffice for two parts only, these can neither rise and fall nor fall and rise."),
    ),
    controls,
    state,
    content,
  );
  const card = trajectoryCard((type) => location.pathname + explicit(encode({ ...DEFAULT_VIEW, tab: "explore", size: store.get().size, tau: store.get().tau, trajectory: [type] })));
  const example = exampleCard((index) => exampleHref(id, index, encode({ ...store.get(), tab: "overview" })), pictures, {
    sort: () => "memorization",
    sizes: () => experiment().sizes,
  });
  /** @type {Trajectories | null} */
  let known = null;
  let drawn = "";

  /** The type whose examples are shown: the view's, or the most frequent that has a shape, or any. */
  const chosen = () => {
    const [asked] = store.get().trajectory;
    const found = (known?.types ?? []).filter(({ count }) => count > 0);
    const shaped = found.filter(({ trajectory }) => trajectory !== "constant" && trajectory !== "unresolved");
    const [most] = [...(shaped.length > 0 ? shaped : found)].sort((a, b) => b.count - a.count);
    return known?.types.find(({ trajectory }) => trajectory === asked) ?? most ?? null;
  };

  const picks = TRAJECTORIES.map((type) => h("input", { type: "radio", name: "trajectory", value: type, onchange: () => store.set({ trajectory: [type] }) }));
  replace(picker, ...picks.map((pick) => h("label", {}, pick, h("span", {}, pick.value))));

  /** Say at once what is known for the threshold, also while it is being dragged. */
  const show = () => {
    const { tau } = store.get();
    slider.update(tau);
    if (thresholds) moveLine(thresholds.plot, tau);
    if (!known) return;
    const { n, models, margin, sizes } = known;
    const current = known.tau === tau;
    const at = known.taus.reduce((best, value, place) => (Math.abs(value - tau) < Math.abs((known?.taus[best] ?? 0) - tau) ? place : best), 0);
    keyed(
      types,
      known.types.map((type) => ({
        type: type.trajectory,
        n,
        count: current ? type.count : (type.counts[at] ?? 0),
        flipped: current ? type.flipped : null,
        placebo: type.placebo?.[at] ?? null,
      })),
      ({ type }) => type,
      card,
    );
    text(
      power,
      `With ${counted(models, "model")} of each size, half of the examples have to change by ${score(margin)} or more along the line from ${size_name} ${sizes[0]} to ${sizes.at(-1)} for it to count.`
        + ((margin ?? 1) > HOPELESS ? " Hardly anything can be told apart from noise; more models narrow the intervals." : ""),
    );
    for (const pick of picks) pick.checked = pick.value === chosen()?.trajectory;
  };

  const loadExamples = async () => {
    const type = chosen();
    if (!type) return;
    const { size: asked, tau } = store.get();
    const size = experiment().sizes.find((value) => value === asked) ?? null;
    const state = `${encode({ ...DEFAULT_VIEW, size, tau, index: type.clearest })} ${experiment().version}`;
    if (state === drawn) return;
    drawn = state;
    examples.element.hidden = strip.hidden = type.clearest.length === 0;
    if (type.clearest.length === 0) return;
    const [{ items }] = await Promise.all([
      api.examples(id, encodeForApi({ ...DEFAULT_VIEW, size, tau, index: type.clearest }), signal),
      examples.load(encodeForApi({ ...DEFAULT_VIEW, tau }, { example: type.clearest })),
    ]);
    await pictures.load(items.map(({ picture }) => picture));
    const rows = type.clearest.flatMap((index) => items.find((item) => item.index === index) ?? []);
    keyed(strip, rows, ({ index }) => String(index), example);
  };

  /** @param {HTMLElement} [instead] what stands in the place of everything */
  const fill = (instead) => {
    replace(state, instead);
    content.hidden = controls.hidden = instead !== undefined;
  };

  const load = coalesced(async () => {
    if (experiment().version === 0) {
      element.dataset.ready = "empty";
      return fill(noResultsYet(experiment(), "Trajectories appear as soon as two sizes have scores for every example."));
    }
    try {
      const { tau } = store.get();
      known = await api.trajectories(id, encodeForApi({ ...DEFAULT_VIEW, tau }), signal);
      if (known.sizes.length < 2) {
        element.dataset.ready = "empty";
        return fill(oneSize(isLive(experiment())));
      }
      fill();
      show();
      const queries = figures.map(({ name }) => encodeForApi(name === FLOW ? DEFAULT_VIEW : { ...DEFAULT_VIEW, tau }));
      await Promise.all([...figures.map(({ panel }, at) => panel.load(queries[at] ?? "")), loadExamples()]);
      show();
      element.dataset.ready = String(store.get().tau === tau);
    } catch (error) {
      if (aborted(error)) return;
      element.dataset.ready = "failed";
      const detail = error instanceof Error ? error.message : String(error);
      fill(notice({ title: "The trajectories could not be loaded", detail, kind: "failed" }));
    }
  });

  return {
    element,
    start: load,
    view() {
      element.dataset.ready = "false";
      show();
      if (!slider.dragging()) load();
    },
    results: load,
  };
}

/** @param {boolean} live */
function oneSize(live) {
  return live
    ? notice({ title: "One size so far", detail: "Trajectories appear as soon as two sizes have scores for every example.", kind: "waiting" })
    : notice({ title: "There is one size only", detail: "Trajectories compare sizes of models. Clone the experiment and choose two sizes or more." });
}
