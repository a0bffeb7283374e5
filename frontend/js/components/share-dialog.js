/** Sharing: a dialog that makes links to the present view, and lists those that open. */

import { api, experimentUrl } from "../api.js";
import { copied } from "../clipboard.js";
import { h, replace, text } from "../dom.js";
import { ago, counted, moment, words } from "../format.js";
import { icon } from "../icons.js";
import { isLoopback } from "../place.js";
import { writtenOut } from "../short-views.js";
import { decode } from "../view.js";
import { sheet } from "./dialog.js";
import { isLive } from "./status.js";

/** @import { Experiment, Share } from "../../types/api.js" */

/** @type {[days: number | null, name: string][]} */
const TERMS = [
  [1, "1 day"],
  [7, "7 days"],
  [30, "30 days"],
  [null, "never"],
];
const USUAL_DAYS = 7;

/**
 * @param {() => Experiment} experiment as last reported
 * @returns {HTMLButtonElement}
 */
export function shareButton(experiment) {
  return h("button", { type: "button", class: "button", onclick: () => showSharing(experiment()) }, icon("share"), "Share…");
}

/** @param {Experiment} experiment */
function showSharing(experiment) {
  const view = writtenOut(location.search);
  const trouble = h("p", { class: "field-error", role: "alert", hidden: true });
  const links = h("ul", { class: "share-list" });
  const heading = h("h3", {}, "Links that open");
  const none = h("p", { class: "field-help", hidden: true }, "There is no link to this experiment yet.");
  const onlyHere = h(
    "p",
    { class: "caution", hidden: true },
    "These addresses open on this computer only.",
    ...(experiment.sizes.length > 0 ? exportInstead(experiment.id) : []),
  );
  const terms = TERMS.map(([days]) => h("input", { type: "radio", name: "share-term", value: String(days), checked: days === USUAL_DAYS }));

  /** @param {() => Promise<void>} work */
  const attempt = async (work) => {
    trouble.hidden = true;
    try {
      await work();
    } catch (error) {
      text(trouble, error instanceof Error ? error.message : String(error));
      trouble.hidden = false;
    }
  };

  const list = async () => {
    const { items } = await api.shares(experiment.id);
    none.hidden = items.length > 0;
    onlyHere.hidden = !items.some(({ url }) => isLoopback(url));
    replace(links, ...items.map((share) => linkRow(share, () => attempt(() => revoke(share)))));
    links.dataset.ready = "true";
  };

  const make = async () => {
    const days = TERMS[terms.findIndex((term) => term.checked)]?.[0] ?? null;
    const share = await api.createShare({ experiment_id: experiment.id, view, days });
    await list();
    links.querySelector(`[data-token="${share.token}"] button`)?.dispatchEvent(new MouseEvent("click"));
  };

  /** @param {Event} event */
  function submit(event) {
    event.preventDefault();
    attempt(make);
  }

  /** @param {Share} share */
  const revoke = async (share) => {
    await api.revokeShare(share.token);
    await list();
    button.focus();
  };

  // The first button of the form, so that Enter among the choices makes a link rather than closes the dialog.
  const button = h("button", { type: "submit", class: "button button-primary", onclick: submit }, "Make link");
  sheet(
    "Share this view",
    h(
      "p",
      {},
      "Whoever has the link sees this experiment without signing in, opened as you see it now. They can look around in it, and change nothing.",
      isLive(experiment) && " It is still running: they see its numbers grow.",
    ),
    h("p", { class: "share-shown" }, h("b", {}, "It shows: "), described(view)),
    h(
      "fieldset",
      { class: "share-terms" },
      h("legend", {}, "The link ends after"),
      h("div", { class: "segments" }, ...TERMS.map(([, name], at) => h("label", {}, terms[at], h("span", {}, name)))),
    ),
    h("p", {}, button),
    trouble,
    h("section", { class: "share-links", "aria-label": "Links that open" }, heading, none, onlyHere, links),
  );
  attempt(list);
}

/**
 * What opens elsewhere too, of an experiment that has scores.
 * @param {string} id
 */
const exportInstead = (id) => [
  " To show the results elsewhere, send ",
  h("a", { href: `${experimentUrl(id)}/export.html`, download: true }, "the exported page"),
  ": one file that opens anywhere.",
];

/**
 * @param {Share} share
 * @param {() => void} revoke
 */
function linkRow({ token, url, view, created_at, expires_at }, revoke) {
  const address = h("input", {
    type: "text",
    readonly: true,
    value: url,
    "aria-label": "Address of the link",
    onfocus: () => address.select(),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      copy();
    },
  });
  const done = h("span", { role: "status", class: "field-help" });
  const copy = async () => {
    address.select();
    text(done, await copied(url, () => address.select()));
  };
  const ends = expires_at ? `ends ${moment(expires_at)}` : "never ends";
  return h(
    "li",
    { "data-token": token },
    h("p", { class: "share-shown" }, described(view)),
    h("div", { class: "share-address" }, address, h("button", { type: "button", class: "button", onclick: copy }, icon("copy"), "Copy")),
    h(
      "p",
      { class: "field-help share-facts" },
      `made ${ago(created_at)} · ${ends} · `,
      h("button", { type: "button", class: "link-button", onclick: revoke, "aria-label": `Revoke the link: ${described(view)}` }, "Revoke"),
      done,
    ),
  );
}

/**
 * Say in a few words what a view shows.
 * @param {string} query
 */
function described(query) {
  const { view } = decode(query);
  const parts = [view.tab === "log" ? "Log and provenance" : `${view.tab.charAt(0).toUpperCase()}${view.tab.slice(1)}`];
  if (view.size !== null) parts.push(`size ${view.size.toLocaleString("en")}`);
  if (view.memorization_gte !== null || view.memorization_lte !== null) {
    parts.push(`scores ${view.memorization_gte ?? -1} to ${view.memorization_lte ?? 1}`);
  }
  if (view.label.length > 0) parts.push(counted(view.label.length, "label"));
  if (view.index.length > 0) parts.push(counted(view.index.length, "chosen example"));
  if (view.width_gte !== null || view.width_lte !== null) parts.push("by interval width");
  if (view.published !== null) parts.push(view.published);
  parts.push(...view.verdict.map(words), ...view.trajectory);
  if (view.flipped !== null) parts.push(view.flipped ? "flipped labels" : "no flipped labels");
  return parts.join(" · ");
}
