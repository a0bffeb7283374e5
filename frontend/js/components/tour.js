/** A guided tour of the main job: from the histogram to a link for a colleague, on an experiment that is there. */

import { aborted, api, reason } from "../api.js";
import { h } from "../dom.js";
import { icon } from "../icons.js";
import { exampleHref, experimentHref, within } from "../place.js";
import { navigate } from "../router.js";
import { notice } from "./notice.js";
import { sheet } from "./dialog.js";

/** @typedef {{ step: number, experiment: string, example: number }} Progress */

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {string} text
 * @property {(progress: Progress) => string} href where it is shown
 * @property {string} target selects what it is about
 */

const KEPT = "tour"; // in this browser's storage: how far it is, or that it has ended
const ENDED = "ended";
const EXPLORE = "?tab=explore";

/** @type {readonly Step[]} */
const STEPS = [
  {
    title: "The histogram",
    text: "Every picture of the training set has a score. On the left are those that models get right without having seen them, on the right those that were learned by heart.",
    href: ({ experiment }) => experimentHref(experiment, EXPLORE),
    target: "figure[data-figure=histogram] .figure-frame",
  },
  {
    title: "Choose a range",
    text: "Drag over the bars on the right, or use the two handles with the arrow keys. The address keeps the range, so Back takes it away again.",
    href: ({ experiment }) => experimentHref(experiment, EXPLORE),
    target: "figure[data-figure=histogram] .figure-frame",
  },
  {
    title: "The pictures behind it",
    text: "These are the pictures whose scores are in the range, here the highest. Many have a wrong label, are blurred, or are the only ones of their kind. Filters above narrow them down.",
    href: ({ experiment }) => experimentHref(experiment, `${EXPLORE}&memorization_gte=0.75`),
    target: ".gallery",
  },
  {
    title: "Larger and smaller models",
    text: "A trajectory is a picture’s score as models grow. Each type has a card. Beside its share stands what chance alone would give.",
    href: ({ experiment }) => experimentHref(experiment, "?tab=trajectories"),
    target: ".trajectory-tab",
  },
  {
    title: "One picture",
    text: "All that is known of one example: its score at every size, and what models answer that never saw it. You can say what you think of its label.",
    href: ({ experiment, example }) => exampleHref(experiment, example),
    target: ".example-top",
  },
  {
    title: "Share what you see",
    text: "Share makes a link to exactly this view. Whoever opens it sees this experiment and nothing else.",
    href: ({ experiment }) => experimentHref(experiment, `${EXPLORE}&memorization_gte=0.75`),
    target: ".experiment-header .actions-line",
  },
];

/** @type {(() => void) | null} */
let close = null;

/** @returns {string | null} */
function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null; // storage may be blocked; the tour then ends with the page
  }
}

/** @param {string} value */
function keep(value) {
  try {
    localStorage.setItem(KEPT, value);
  } catch {
    // as above
  }
}

/** Whether the tour was taken, or dismissed. */
export const tourEnded = () => kept() === ENDED;

/**
 * @returns {HTMLElement} takes the tour; less prominent once it was taken
 */
export function tourButton() {
  return h("button", { type: "button", class: tourEnded() ? "button" : "button button-primary", onclick: startTour }, "Take the tour", h("span", { class: "tour-length" }, "6 steps"));
}

/** Begin at the first step, on the experiment that the first page begins with. */
export async function startTour() {
  try {
    const { opening } = await api.front();
    if (!opening) return sheet("The tour comes with the first result", h("p", {}, "It leads through an experiment, and none has scores yet. The first page says how far the first one is."));
    const story = opening.stories.find(({ kind }) => kind === "memorized") ?? opening.stories[0];
    show({ step: 0, experiment: opening.experiment.id, example: story?.score.index ?? 0 });
  } catch (error) {
    if (!aborted(error)) sheet("The tour cannot begin", notice({ title: "The server did not answer", detail: reason(error), kind: "failed" }));
  }
}

/** Go on where a tour was when the page was left. */
export function resumeTour() {
  const value = kept();
  if (value === null || value === ENDED) return;
  try {
    const { step, experiment, example } = JSON.parse(value);
    if (STEPS[step] && /^[0-9a-f]{12}$/.test(experiment) && Number.isInteger(example)) return show({ step, experiment, example }, false);
  } catch {
    // what another version has kept
  }
  keep(ENDED);
}

function end() {
  close?.();
  keep(ENDED);
}

/**
 * @param {Progress} progress
 * @param {boolean} [go] to the step's page; a tour that is resumed waits for the reader
 */
function show(progress, go = true) {
  close?.();
  const step = /** @type {Step} */ (STEPS[progress.step]);
  const last = progress.step === STEPS.length - 1;
  const heading = h("h2", { id: "tour-title", tabindex: -1 }, step.title);
  const to = (/** @type {number} */ by) => () => show({ ...progress, step: progress.step + by });
  const card = h(
    "section",
    {
      class: "tour",
      "aria-labelledby": "tour-title",
      "data-step": progress.step + 1,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Escape") event.preventDefault();
        if (event.key === "Escape") end();
      },
    },
    h("p", { class: "tour-place" }, `Tour, step ${progress.step + 1} of ${STEPS.length}`),
    heading,
    h("p", {}, step.text),
    h(
      "p",
      { class: "actions" },
      last ? h("button", { type: "button", class: "button button-primary", onclick: end }, "Done") : h("button", { type: "button", class: "button button-primary", onclick: to(1) }, "Next", icon("right")),
      progress.step > 0 && h("button", { type: "button", class: "button", onclick: to(-1) }, "Back"),
      !last && h("button", { type: "button", class: "link-button", onclick: end }, "End the tour"),
    ),
  );
  document.body.append(card);
  keep(JSON.stringify(progress));
  const gone = new AbortController();
  const main = /** @type {HTMLElement} */ (document.querySelector("#main"));
  /** @type {Element | null} */
  let marked = null;

  const mark = () => {
    const target = main.querySelector(step.target);
    if (target === marked) return;
    marked?.classList.remove("is-toured");
    marked = target;
    if (!target) return;
    target.classList.add("is-toured");
    target.scrollIntoView({ block: "nearest", behavior: "smooth" });
    heading.focus({ preventScroll: true });
  };
  const watching = new MutationObserver(mark);
  watching.observe(main, { childList: true, subtree: true });
  gone.signal.addEventListener("abort", () => {
    watching.disconnect();
    marked?.classList.remove("is-toured");
    card.remove();
  });
  close = () => {
    gone.abort();
    close = null;
  };
  const href = step.href(progress);
  if (go && within(location.pathname) + location.search !== href) navigate(href);
  mark();
}
