/** A share: one experiment as somebody else has set it up, to look around in and not to change. */

import { api, ProblemError } from "../api.js";
import { notice } from "../components/notice.js";
import { isLive } from "../components/status.js";
import { h } from "../dom.js";
import { moment } from "../format.js";
import { explicit } from "../place.js";
import { example } from "./example.js";
import { experiment } from "./experiment.js";

/** @import { Page } from "../router.js" */
/** @import { Experiment, Share } from "../../types/api.js" */

/** @type {import("../router.js").PageLoader} */
export async function sharedExperiment([token = ""], signal) {
  return open(token, signal, async (share) => {
    // The address of a share opens its view; from then on the address bar says what is shown, as everywhere.
    if (!location.search) history.replaceState(history.state, "", location.pathname + explicit(share.view && `?${share.view}`));
    return experiment([share.experiment_id], signal);
  });
}

/** @type {import("../router.js").PageLoader} */
export async function sharedExample([token = "", index = ""], signal) {
  return open(token, signal, (share) => example([share.experiment_id, index], signal));
}

/**
 * @param {string} token
 * @param {AbortSignal} signal
 * @param {(share: Share) => Promise<Page>} load
 * @returns {Promise<Page>}
 */
async function open(token, signal, load) {
  try {
    const share = await api.share(token, signal);
    const [page, shown] = await Promise.all([load(share), api.experiment(share.experiment_id, signal)]);
    page.element.prepend(banner(share, shown));
    return page;
  } catch (error) {
    if (!(error instanceof ProblemError) || ![404, 410].includes(error.status)) throw error;
    const title = error.status === 410 ? "This link has ended" : "Not found";
    return { title, element: h("div", { class: "page page-narrow" }, notice({ title, detail: error.message, level: "h1" })) };
  }
}

/**
 * @param {Share} share
 * @param {Experiment} experiment
 */
function banner({ expires_at }, experiment) {
  const state = isLive(experiment)
    ? "The experiment was still running when this page was opened: its numbers grow until it ends."
    : "The experiment has ended: its numbers no longer change.";
  return h(
    "p",
    { class: "share-banner", role: "note" },
    h("b", {}, "Shared view, to look at only. "),
    state,
    expires_at && ` This link ends on ${moment(expires_at)}.`,
  );
}
