/** Who helps whom: memorized examples beside the test examples they help, and training examples that help each other. */

import { api } from "../api.js";
import { figurePanel } from "../components/figure.js";
import { partnerCard, pictureLink } from "../components/influence.js";
import { noResultsYet, notice } from "../components/notice.js";
import { pagedList } from "../components/paged-list.js";
import { sizePicker } from "../components/size-picker.js";
import { hasResults } from "../components/status.js";
import { termed } from "../components/term.js";
import { h, text } from "../dom.js";
import { counted, interval, score } from "../format.js";
import { icon } from "../icons.js";
import { coalesced } from "../live.js";
import { exampleHref } from "../place.js";
import { DEFAULT_VIEW, encode, encodeForApi, PEERS, PICKS } from "../view.js";

/** @import { Helped, HelpingPage, HelpingRow, Peer, PeerPage } from "../../types/api.js" */

const PICKED = { spaced: "evenly spaced, nobody picks", influence: "most influence first" };
const ORDERED = { influence: "by influence", pixels: "by pixels, nearest first" };

/** @type {import("./panel.js").MakePanel} */
export function influence({ experiment, study, store }, signal) {
  const { id, classes, size_name } = experiment();
  const size = () => experiment().sizes.find((known) => known === store.get().size) ?? null;
  const href = (/** @type {number} */ index) => exampleHref(id, index, encode({ ...store.get(), tab: "overview" }));
  const sizes = sizePicker(size_name, null, (chosen) => store.set({ size: chosen }));
  const label = select("Label", [["", "any"], ["several", "several"], ...classes.map((name, at) => [String(at), name])], (value) => store.set({ label: value === "" ? [] : [Number(value)] }));
  label.control.options[1]?.toggleAttribute("hidden", true); // only links choose several
  const pick = select("Show", PICKS.map((value) => [value, PICKED[value]]), (value) => store.set({ pick: value }));
  const order = select("Order", PEERS.map((value) => [value, ORDERED[value]]), (value) => store.set({ peers: value }));
  const box = h("input", { type: "checkbox", onchange: () => store.set({ near: box.checked }) });
  const info = study.figures.find(({ name }) => name === "peers");
  const figure = info && figurePanel(id, info, signal, { level: "h3" });
  const usual = h("p", { class: "field-help" });
  const state = h("div", {});

  /** @param {Record<string, string>} more */
  const query = (more) => {
    const asked = new URLSearchParams(more);
    const chosen = size();
    if (chosen !== null) asked.set("size", String(chosen));
    for (const value of store.get().label) asked.append("label", String(value));
    return String(asked);
  };

  /** @type {import("../components/paged-list.js").PagedList<HelpingRow, HelpingPage>} */
  const rows = pagedList({
    query: () => query({ pick: store.get().pick }),
    ask: (asked, current) => api.helping(id, asked, current),
    // Pages of evenly spaced rows lie between each other.
    arrange: (items) => items.toSorted((a, b) => strongest(b) - strongest(a)),
    row: (item) => helpingRow(item, href),
    count: ({ total }) => `${counted(total, "memorized example")} ${total === 1 ? "helps" : "help"} a test example of ${total === 1 ? "its" : "their"} class`,
    nothing: ({ known, least, models }) => notice({ title: known ? "No pair is told from chance" : "Not known yet", detail: known ? lacking(least, models) : "Influence is looked for once all models of this size are in.", kind: known ? "empty" : "waiting" }),
  }, signal);

  /** @type {import("../components/paged-list.js").PagedList<Peer, PeerPage>} */
  const peers = pagedList({
    query: () => query({ peers: store.get().peers, ...(store.get().near && { near: "true" }) }),
    ask: (asked, current) => api.peers(id, asked, current),
    arrange: (items) => items,
    row: (item) => peerRow(item, href),
    count: (page) => {
      text(usual, page.usual === null ? "" : `Training pictures usually are ${page.usual.toFixed(1)} from their nearest one (root mean square difference of pixels, of 255). Near-duplicates are nearer than a third of that.`);
      return counted(page.total, "pair");
    },
    nothing: ({ note, least }) => notice({ title: note ? "Not known" : "No pair here", detail: note || (store.get().peers === "influence" ? `No training example is known to help another one in this view.${least === null ? "" : ` For certain, these models tell influences from ${score(least)} on.`} More models tell weaker ones.` : "No two training pictures are that near in this view."), kind: "empty" }),
  }, signal);

  const content = h(
    "div",
    { class: "helping" },
    h("div", { class: "helping-controls" }, sizes.element, label.element),
    h(
      "section",
      { "aria-labelledby": "helping-title" },
      h("h2", { id: "helping-title" }, "Memorized training examples, and test examples they help"),
      h("p", { class: "field-help" }, ...termed("One row for each training example with a score of 0.25 or more that some test example of its class depends on: models that had it are right at least 15 percentage points more often. Beside it, up to four test examples that it helps for certain, of any class.")),
      h("div", { class: "helping-controls" }, pick.element),
      rows.element,
    ),
    h(
      "section",
      { "aria-labelledby": "peers-title" },
      h("h2", { id: "peers-title" }, "Training examples that help each other"),
      h("p", { class: "field-help" }, ...termed("Counted are models that did not have the helped one: whether they get it right depends on whether they had the other. Near-duplicates hide each other: each scores low, because the other one is enough.")),
      figure?.element,
      h("div", { class: "helping-controls" }, order.element, h("label", { class: "check" }, box, "near-duplicates only")),
      usual,
      peers.element,
    ),
  );

  const load = coalesced(async () => {
    const view = store.get();
    sizes.update(experiment().sizes, size() ?? experiment().sizes.at(-1) ?? null);
    label.control.value = view.label.length > 1 ? "several" : String(view.label[0] ?? "");
    pick.control.value = view.pick;
    order.control.value = view.peers;
    box.checked = view.near;
    const ready = hasResults(experiment());
    content.hidden = !ready;
    state.replaceChildren(...(ready ? [] : [noResultsYet(experiment(), "Influence appears with the first scores.")]));
    if (!ready) return;
    const version = String(experiment().version);
    await Promise.all([rows.load(version), peers.load(version), figure?.load(encodeForApi({ ...DEFAULT_VIEW, size: size() }))]);
  });

  return { element: h("div", {}, state, content), start: load, view: load, results: load };
}

/** @param {HelpingRow} row */
const strongest = ({ partners }) => Math.max(0, ...partners.map(({ influence: value }) => value));

/**
 * @param {number | null} least
 * @param {number} models
 */
function lacking(least, models) {
  const told = least === null ? "tell no influence from chance" : `tell influences from ${score(least)} on for certain`;
  return `${counted(models, "model")} ${told}. It takes more models, or a training example with a score of 0.25 or more that a test example of its class depends on, as atypical ones have.`;
}

/** What is known of a training example. @param {Helped} example */
const words = ({ memorization, flipped }) => [h("span", { class: "field-help" }, `memorization ${score(memorization)}`), flipped && h("span", { class: "flipped" }, icon("flip"), "label flipped")];

/**
 * @param {HelpingRow} item
 * @param {(index: number) => string} href
 */
function helpingRow(item, href) {
  return h(
    "li",
    { class: "helping-row", "data-index": item.index },
    h("div", { class: "helping-from" }, pictureLink(item, href), ...words(item)),
    h("ul", { class: "partners" }, ...item.partners.map((partner) => partnerCard(partner, href))),
  );
}

/**
 * @param {Peer} item
 * @param {(index: number) => string} href
 */
function peerRow({ helper, helped, influence: value, low, high, margin, rank, distance, near_duplicate: near, same_label: same }, href) {
  const far = rank === null ? "beyond the ten nearest pictures" : `${rank === 1 ? "nearest picture" : `picture ${rank} by nearness`}, ${distance === 0 ? "the same" : `${distance?.toFixed(1)} away`}`;
  return h(
    "li",
    { class: "helping-row", "data-index": helped.index, "data-helper": helper.index },
    h("div", { class: "helping-from" }, pictureLink(helper, href), ...words(helper)),
    h("span", { class: "helps" }, low > 0 ? "helps" : "and"),
    h("div", { class: "helping-from" }, pictureLink(helped, href), ...words(helped)),
    h(
      "div",
      { class: "helping-words" },
      h("b", {}, `influence ${score(value)}`),
      h("span", { class: "field-help" }, interval(low, high)),
      margin !== null && h("span", { class: "field-help" }, `strongest ahead of the next by ${score(margin)}`),
      h("span", { class: "field-help" }, far),
      near && h("span", { class: "near" }, "near-duplicate"),
      !same && h("span", { class: "differs" }, "labels differ"),
    ),
  );
}

/**
 * @param {string} title
 * @param {string[][]} options value and text
 * @param {(value: string) => void} change
 */
function select(title, options, change) {
  const control = h("select", { onchange: () => change(control.value) }, ...options.map(([value, name]) => h("option", { value }, name)));
  return { element: h("label", { class: "filter" }, h("span", {}, title), control), control };
}
