/** Queue: who works on what, what waits, and what failed. */

import { aborted, api } from "../api.js";
import { h, keyed, replace, text } from "../dom.js";
import { ago, count, counted, percent } from "../format.js";
import { icon } from "../icons.js";
import { poll } from "../live.js";
import { clockTrouble } from "../workers.js";

/** @import { Queue, Unit, Worker } from "../../types/api.js" */

const POLL_MS = 2000;

/** @type {import("../router.js").PageLoader} */
export async function queue(_params, signal) {
  const first = await api.queue(signal);
  const workers = h("ul", { class: "worker-list" });
  const running = h("ul", { class: "unit-list" });
  const waiting = h("ol", { class: "unit-list unit-list-dense" });
  const failed = h("ul", { class: "unit-list" });
  const waitingTitle = h("h2", {}, "Waiting");
  const failedPart = part(h("h2", {}, "Failed"), failed);
  const broker = h("p", { class: "stale", role: "status", hidden: true });
  const beyond = h("p", { class: "quiet" });
  const brokerName = h("p", { class: "quiet" });

  /** @param {Queue} answer */
  const render = (answer) => {
    const problem = answer.broker_ok ? holdup(answer) : "The message broker does not answer. Work goes on when it is back; nothing is lost.";
    broker.hidden = problem === null;
    text(broker, problem ?? "");
    brokerName.hidden = answer.broker === null;
    text(brokerName, `Message broker: ${answer.broker}`);
    list(workers, answer.workers, ({ id }) => id, workerCard, "No worker has reported yet. Start one and it appears here.");
    list(running, answer.running, unitKey, runningRow, "Nothing is running.");
    text(waitingTitle, `Waiting (${count(answer.waiting_count)})`);
    list(waiting, answer.waiting, unitKey, waitingRow, "Nothing waits.");
    text(beyond, answer.waiting_count > answer.waiting.length ? `and ${counted(answer.waiting_count - answer.waiting.length, "more unit")}` : "");
    failedPart.hidden = answer.failed.length === 0;
    keyed(failed, answer.failed, unitKey, failedRow);
    element.dataset.ready = "true";
  };

  const refresh = async () => {
    try {
      render(await api.queue(signal));
    } catch (error) {
      if (aborted(error)) return;
      broker.hidden = false;
      text(broker, `This page is not up to date: ${error instanceof Error ? error.message : error}`);
    }
  };

  const element = h(
    "div",
    { class: "page queue" },
    h("h1", { tabindex: -1 }, "Queue"),
    h("p", {}, h("a", { href: "/storage" }, "Storage"), ": what takes room, and what was deleted lately"),
    broker,
    part(h("h2", {}, "Workers"), workers, brokerName),
    failedPart,
    part(h("h2", {}, "Running"), running),
    part(waitingTitle, waiting, beyond),
  );
  render(first);
  return {
    title: "Queue",
    element,
    start: () => {
      setTimeout(() => poll(refresh, () => POLL_MS, signal), POLL_MS);
    },
  };
}

/**
 * @param {Queue} answer
 * @returns {string | null}
 */
const holdup = ({ holdup: reason }) => reason && `Work is held up by the workers: ${reason}.`;

/** @param {...Node} children */
const part = (...children) => h("section", {}, ...children);

/** @param {Unit} unit */
const unitKey = ({ experiment_id, index }) => `${experiment_id}/${index}`;

/**
 * @template T
 * @param {HTMLElement} parent
 * @param {T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => import("../dom.js").Component<T>} make
 * @param {string} none
 */
function list(parent, items, key, make, none) {
  if (items.length > 0) keyed(parent, items, key, make);
  else if (parent.textContent !== none) replace(parent, h("li", { class: "quiet" }, none));
}

/** @returns {import("../dom.js").Component<Worker>} */
function workerCard() {
  const state = h("span", { class: "status" });
  const name = h("h3", {});
  const device = h("p", {});
  const seen = h("p", { class: "quiet" });
  const work = h("p", {});
  const trouble = h("p", { class: "stale", role: "status", hidden: true });
  return {
    element: h("li", { class: "card worker" }, h("div", { class: "card-head" }, name, state), device, work, seen, trouble),
    update(worker) {
      text(name, `${worker.hostname} · ${worker.pid}`);
      const status = worker.alive ? "done" : "failed";
      if (state.dataset.status !== status) {
        state.dataset.status = status;
        replace(state, icon(status), worker.alive ? "alive" : "not seen lately");
      }
      text(device, `${worker.device}, ${counted(worker.threads, "thread")}, torch ${worker.torch_version}`);
      text(work, worker.unit ? `works on ${worker.unit.key}` : "idle");
      const clock = clockTrouble(worker);
      trouble.hidden = !clock;
      text(trouble, clock);
      const took = worker.took_at ? `last took work ${ago(worker.took_at)}` : "has taken no work yet";
      text(seen, `${took}, last seen ${ago(worker.seen_at)}, started ${ago(worker.started_at)}`);
    },
  };
}

/**
 * @param {Unit} unit
 * @returns {HTMLAnchorElement}
 */
function experimentLink(unit) {
  return h("a", { href: `/experiments/${unit.experiment_id}?tab=log` }, "experiment");
}

/** @type {(unit: Unit) => import("../dom.js").Component<Unit>} */
function runningRow(first) {
  const bar = h("progress", { max: 1, "aria-label": `Progress of ${first.key}` });
  const facts = h("span", { class: "quiet" });
  return {
    element: h("li", { class: "unit" }, h("code", {}, first.key), bar, facts, experimentLink(first)),
    update(unit) {
      bar.value = unit.progress;
      text(facts, `${percent(unit.progress)} done${unit.attempt > 1 ? `, attempt ${unit.attempt}` : ""}`);
    },
  };
}

/** @type {(unit: Unit) => import("../dom.js").Component<Unit>} */
function waitingRow(first) {
  const element = h("li", { class: "unit" }, h("code", {}, first.key), experimentLink(first));
  return { element, update: () => undefined };
}

/** @type {(unit: Unit) => import("../dom.js").Component<Unit>} */
function failedRow(first) {
  const error = h("p", { class: "unit-error" });
  const facts = h("span", { class: "quiet" });
  const link = h("a", { href: `/experiments/${first.experiment_id}?tab=log` }, "open the experiment to resume it");
  return {
    element: h("li", { class: "unit unit-failed" }, icon("failed"), h("code", {}, first.key), facts, link, error),
    update(unit) {
      text(facts, `failed after ${counted(unit.attempt, "attempt")}`);
      text(error, unit.error ?? "no reason was recorded");
    },
  };
}
