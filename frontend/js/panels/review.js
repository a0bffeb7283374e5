/** The review: suspects one after the other, most suspect first, each decided with a key. */

import { aborted, api, reason } from "../api.js";
import { markBar } from "../components/mark-bar.js";
import { neighbors } from "../components/neighbors.js";
import { noResultsYet, notice } from "../components/notice.js";
import { retrain } from "../components/retrain.js";
import { reviewState } from "../components/review-state.js";
import { sizePicker } from "../components/size-picker.js";
import { hasResults } from "../components/status.js";
import { h, replace } from "../dom.js";
import { apart, count } from "../format.js";
import { shortcuts } from "../keyboard.js";
import { coalesced } from "../live.js";
import { exampleHref, shareToken } from "../place.js";
import { encode } from "../view.js";
import { datasetOf } from "./panel.js";

/** @import { Suspect } from "../../types/api.js" */

const AHEAD = 20; // suspects fetched at a time

/** @type {import("./panel.js").MakePanel} */
export function review({ experiment, store }, signal) {
  const { id, classes, size_name } = experiment();
  const sizes = sizePicker(size_name, null, (size) => store.set({ size }));
  const state = reviewState();
  const corrected = shareToken ? null : retrain(id, signal);
  const stage = h("div", { class: "review-stage" });
  /** Those to come, the one shown first. @type {Suspect[]} */
  let coming = [];
  /** @type {Suspect[]} */
  const gone = [];
  /** The rank of the last one that was decided or skipped. */
  let passed = 0;
  /** Pictures and neighbors are loaded one suspect ahead. @type {Map<number, HTMLElement>} */
  const faces = new Map();

  const skip = h("button", { type: "button", class: "button", onclick: () => advance() }, h("kbd", {}, "s"), shareToken ? "Next" : "Skip");
  const bar = shareToken
    ? null
    : markBar(
        {
          dataset: datasetOf(experiment()),
          classes,
          more: [skip],
          decided: () => advance(),
          changed: () => void refresh(),
          undone(picture, mark) {
            const place = gone.findLastIndex(({ score }) => score.picture === picture);
            const [back] = place < 0 ? [] : gone.splice(place, 1);
            if (!back) return;
            back.score.mark = mark;
            coming = [back, ...coming.filter(({ rank }) => rank !== back.rank)];
            passed = back.rank - 1;
            show();
          },
        },
        signal,
      );
  const decide = h("div", { class: "review-decide" }, bar?.element ?? skip);
  shortcuts("Review", [{ keys: ["s"], title: "Next suspect, nothing decided", act: () => advance(), holds: () => coming.length > 0 }], signal);

  const advance = () => {
    const first = coming.shift();
    if (!first) return;
    gone.push(first);
    passed = first.rank;
    faces.delete(first.rank);
    show();
    if (coming.length < AHEAD / 2) refresh();
  };

  const size = () => experiment().sizes.find((known) => known === store.get().size) ?? experiment().sizes.at(-1);

  const load = async () => {
    const asked = passed;
    sizes.update(experiment().sizes, size() ?? null);
    if (!hasResults(experiment())) return replace(stage, noResultsYet(experiment(), "Networks are being trained on these labels. Once the first are done, the pictures whose label they contradict stand here, most suspect first; the list gets better until the last one is done. You can close this page and come back."));
    try {
      const page = await api.review(id, `?limit=${AHEAD}&after=${asked}&size=${size()}`, signal);
      state.update(page.state, page.ranking);
      corrected?.update(page.state.wrong);
      if (asked !== passed) return; // one more is asked for
      const same = page.items[0]?.rank === coming[0]?.rank && coming.length > 0;
      coming = page.items;
      if (!same) show(page.state.suspects, page.state.reviewed);
      element.dataset.ready = "true";
    } catch (error) {
      if (aborted(error)) return;
      replace(stage, notice({ title: "The suspects could not be ranked", detail: reason(error), kind: "failed" }));
      element.dataset.ready = "failed";
    }
  };
  const refresh = coalesced(load);

  /** @param {number} [suspects] @param {number} [reviewed] as last told, at the end of the list */
  const show = (suspects, reviewed) => {
    const [first, second] = coming;
    element.dataset.rank = String(first?.rank ?? "");
    if (first) {
      const face = faceOf(first);
      // What is decided with stays where it is, and keeps the focus.
      if (decide.parentElement !== stage) replace(stage, face, decide);
      else if (stage.firstElementChild !== face) stage.firstElementChild?.replaceWith(face);
      bar?.show({ picture: first.score.picture, label: first.score.label_name, suggestion: first.suggested_label, mark: first.score.mark });
      if (second) faceOf(second);
    } else if (suspects !== undefined && reviewed !== undefined) {
      replace(stage, suspects === reviewed ? done(suspects) : skipped(suspects - reviewed, again));
    }
  };

  const again = () => {
    passed = 0;
    refresh();
  };

  /** @param {Suspect} suspect */
  const faceOf = (suspect) => {
    const known = faces.get(suspect.rank);
    if (known) return known;
    const { score, suggested_label: suggested, evidence, rank } = suspect;
    const href = (/** @type {number} */ index) => exampleHref(id, index, encode({ ...store.get(), tab: "overview" }));
    const near = neighbors(id, score, href, signal);
    near.load(`?size=${score.size}`);
    const face = h(
      "div",
      { class: "review-face", "data-rank": rank },
      h("img", { class: "pixels", src: score.image, alt: `Example ${score.index}`, width: 320, height: 320 }),
      h(
        "div",
        { class: "review-evidence" },
        h("h2", {}, "Labeled ", h("bdi", {}, score.label_name), ...(suggested === null ? [] : [", models say ", h("bdi", {}, suggested)])),
        h("p", {}, evidence),
        h("p", { class: "quiet" }, `Suspect ${count(rank)}, `, h("a", { href: href(score.index) }, apart(score.name))),
      ),
      near.element,
    );
    faces.set(rank, face);
    return face;
  };

  const element = h("div", { class: "review", "data-ready": "false" }, sizes.element, stage, state.element, corrected?.element ?? "");
  const restart = () => {
    passed = 0;
    coming = [];
    faces.clear();
    refresh();
  };
  return { element, start: load, view: restart, results: () => (coming.length === 0 ? refresh() : undefined) };
}

/** @param {number} suspects */
const done = (suspects) =>
  suspects === 0
    ? notice({ title: "No suspects", detail: "Models expect the label of every picture." })
    : notice({ title: "All suspects have been looked at", detail: "Another size of models may have others." });

/**
 * @param {number} rest
 * @param {() => void} again
 */
const skipped = (rest, again) => notice({ title: "This is the end of the list", detail: `${count(rest)} were skipped.` }, h("button", { type: "button", class: "button", onclick: again }, "Look at those again"));
