/** One experiment: header with progress and actions, and the panel that the URL says, loaded when it is first shown. */

import { api, reason } from "../api.js";
import { experimentHeader } from "../components/experiment-header.js";
import { notice } from "../components/notice.js";
import { presentation } from "../components/presentation.js";
import { isLive } from "../components/status.js";
import { h, replace, text } from "../dom.js";
import { shortcuts } from "../keyboard.js";
import { learnTerms } from "../known-terms.js";
import { follow } from "../live.js";
import { explicit } from "../place.js";
import { arrived } from "../router.js";
import { recall } from "../short-views.js";
import { createStore } from "../store.js";
import { decode, encode, furtherControls } from "../view.js";

/** @import { Experiment } from "../../types/api.js" */
/** @import { Context, Panel, PoorContext } from "../panels/panel.js" */
/** @typedef {import("../view.js").View} View */

/**
 * @template C
 * @typedef {{ title: string, load: () => Promise<(context: C, signal: AbortSignal) => Panel | Promise<Panel>> }} Part
 */

/** @type {Record<View["tab"], Part<Context>>} */
const PANELS = {
  overview: { title: "Overview", load: async () => (await import("../panels/overview.js")).overview },
  explore: { title: "Explore examples", load: async () => (await import("../panels/explore.js")).explore },
  review: { title: "Review", load: async () => (await import("../panels/review.js")).review },
  trajectories: { title: "Trajectories", load: async () => (await import("../panels/trajectories.js")).trajectories },
  influence: { title: "Influence", load: async () => (await import("../panels/influence.js")).influence },
  published: { title: "Published scores", load: async () => (await import("../panels/published.js")).published },
  curves: { title: "Training curves", load: async () => (await import("../panels/curves.js")).curves },
  log: { title: "Log and provenance", load: async () => (await import("../panels/record.js")).record },
};

/** What there is of an experiment that this version cannot read. @type {Partial<Record<View["tab"], Part<PoorContext>>>} */
const POOR_PANELS = {
  overview: { title: "Overview", load: async () => (await import("../panels/unreadable.js")).unreadable },
  log: { title: "Log and provenance", load: async () => (await import("../panels/record.js")).record },
};

/** @type {import("../router.js").PageLoader} */
export async function experiment([id = ""], signal) {
  // The panel's modules come while the API answers; whether they arrived is asked when they are needed.
  PANELS[decode(location.search).view.tab].load().catch(() => undefined);
  let current = await api.experiment(id, signal);
  const study = current.unreadable ? null : await api.study(current.study, signal); // which this version may not have
  learnTerms(study ? [study] : []);
  await recall(location.search, signal);
  const store = createStore(window, study ? furtherControls(study.figures) : []);
  const common = { experiment: () => current, store };
  const parts = study ? tabsOf(PANELS, study.tabs, { ...common, study }) : tabsOf(POOR_PANELS, Object.keys(POOR_PANELS), { ...common, study });
  /** The tab that is shown; a link may name one that this study does not have. */
  const shownPart = () => parts.find(({ tab }) => tab === store.get().tab) ?? parts[0];
  /** @type {Panel | null} */
  let panel = null;
  let panelTab = "";
  let panelController = new AbortController();
  let following = false;

  /** @param {Experiment} next */
  const become = (next) => {
    const grew = next.version !== current.version || next.sizes.length !== current.sizes.length || next.status !== current.status;
    current = next;
    header.update(next);
    panel?.progress?.();
    warn();
    if (grew) panel?.results?.();
    if (isLive(next)) watch();
  };

  const watch = () => {
    if (following) return;
    following = true;
    follow(
      id,
      {
        progress: become,
        event: (event) => panel?.event?.(event),
        connection: (connected) => header.connection(connected),
        end: () => {
          following = false;
        },
      },
      signal,
    );
  };

  const header = experimentHeader(current, study, become, signal);
  const warning = h("p", { class: "stale", role: "status", hidden: true });
  const tabs = h("nav", { class: "tabs", "aria-label": "Parts of the experiment" });
  const body = h("div", { class: "panel" });
  const stage = presentation(body, (present) => store.set({ present }));
  const element = h("div", { class: "page experiment", "data-experiment": id }, header.element, tabs, warning, body);

  const showTabs = () => {
    const view = store.get();
    const links = parts.map((part) =>
      h("a", { href: location.pathname + explicit(encode({ ...view, tab: part.tab, present: null })), "aria-current": part === shownPart() ? "page" : null }, part.title),
    );
    const focused = tabs.contains(document.activeElement);
    replace(tabs, ...links);
    if (focused) links.find((link) => link.ariaCurrent)?.focus();
  };

  /** On narrow screens the tabs scroll sideways. */
  const showCurrentTab = () => {
    const link = tabs.querySelector("[aria-current]");
    if (link instanceof HTMLElement) tabs.scrollLeft = link.offsetLeft - tabs.offsetLeft - tabs.clientWidth / 4;
  };

  const warn = () => {
    const unknown = store.unknown();
    const { size } = store.get();
    const { sizes, size_name: name } = current;
    const missing = size !== null && sizes.length > 0 && !sizes.includes(size);
    const parts = [
      unknown.length > 0 && `Parts of this link could not be read and were left out: ${unknown.join(", ")}.`,
      missing && `There are no scores at ${name} ${size}${isLive(current) ? " yet" : ""}; the page shows the largest size that has some.`,
    ].filter(Boolean);
    warning.hidden = parts.length === 0;
    text(warning, parts.join(" "));
  };

  const showPanel = async () => {
    const part = shownPart();
    if (!part) return;
    panelTab = part.tab;
    panelController.abort();
    panelController = new AbortController();
    const { signal: own } = panelController;
    panel = null;
    let next;
    try {
      next = await part.make(own);
    } catch (error) {
      if (own.aborted) return;
      const retry = h("button", { type: "button", class: "button", onclick: showPanel }, "Try again");
      replace(body, notice({ title: "This part could not be loaded", detail: reason(error), kind: "failed" }, retry));
      return;
    }
    if (own.aborted) return;
    panel = next;
    body.replaceChildren(next.element);
    body.dataset.panel = part.tab;
    showCurrentTab();
    stage.update(store.get().present);
    await next.start();
  };

  store.subscribe(() => {
    showTabs();
    warn();
    if (shownPart()?.tab !== panelTab) return void showPanel();
    stage.update(store.get().present);
    panel?.view?.();
  });
  signal.addEventListener("abort", () => panelController.abort());
  signal.addEventListener("abort", () => stage.update(null));
  tabKeys(tabs, signal);
  const figure = () => /** @type {HTMLElement | null} */ (body.querySelector("figure[data-figure]"));
  shortcuts("Figures", [{ keys: ["f"], title: "Present the figures, one at a time", act: () => store.set({ present: figure()?.dataset.figure ?? null }), holds: () => figure() !== null }], signal);
  showTabs();
  warn();

  return {
    title: current.title,
    element,
    async start() {
      if (isLive(current)) watch();
      await showPanel();
    },
    restore: store.restore,
  };
}

/**
 * The tabs that a study's experiments have, in its order, ready to be made.
 * @template C
 * @param {Partial<Record<View["tab"], Part<C>>>} panels
 * @param {string[]} order
 * @param {C} context
 */
function tabsOf(panels, order, context) {
  const known = Object.entries(panels).map(([tab, { title, load }]) => ({
    tab: /** @type {View["tab"]} */ (tab),
    title,
    /** @param {AbortSignal} signal */
    make: async (signal) => (await arrived(load()))(context, signal),
  }));
  return order.flatMap((name) => known.filter(({ tab }) => tab === name));
}

/**
 * Let keys change the tab.
 * @param {HTMLElement} tabs holds a link for each
 * @param {AbortSignal} signal
 */
function tabKeys(tabs, signal) {
  const links = () => [...tabs.querySelectorAll("a")];
  /** @param {number} step */
  const move = (step) => links().at((links().findIndex((link) => link.ariaCurrent) + step) % links().length)?.click();
  shortcuts(
    "Experiment",
    [
      { keys: ["["], title: "Previous tab", act: () => move(-1) },
      { keys: ["]"], title: "Next tab", act: () => move(1) },
      { keys: [..."123456789"], shown: ["1", "2", "…"], title: "First tab, second tab and so on", act: (key) => links()[Number(key) - 1]?.click() },
    ],
    signal,
  );
}
