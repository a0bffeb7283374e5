/** An experiment's event stream, closed when the page goes or the server says `end`. */

import { experimentUrl } from "./api.js";
import { at } from "./place.js";

/** @import { Experiment, LogEvent } from "../types/api.js" */

const RETRY_MS = 3000;
const LOG_KINDS = ["status", "unit", "summary", "log"];

/**
 * @typedef {object} Listener
 * @property {(experiment: Experiment) => void} progress
 * @property {(event: LogEvent) => void} event
 * @property {(connected: boolean) => void} connection
 * @property {() => void} end
 */

/**
 * Follow an experiment until it ends or `signal` aborts; the browser reconnects with `Last-Event-ID` by itself.
 * @param {string} id
 * @param {Listener} listener
 * @param {AbortSignal} signal
 */
export function follow(id, listener, signal) {
  if (signal.aborted) return;
  const source = new EventSource(at(`${experimentUrl(id)}/events`));
  signal.addEventListener("abort", () => source.close());
  source.addEventListener("open", () => listener.connection(true));
  source.addEventListener("progress", (message) => listener.progress(JSON.parse(message.data)));
  for (const kind of LOG_KINDS) {
    source.addEventListener(kind, (message) => listener.event(JSON.parse(message.data)));
  }
  source.addEventListener("end", () => {
    source.close();
    listener.end();
  });
  source.addEventListener("error", () => {
    listener.connection(false);
    // An answer other than 200 closes the source for good; the server may be back in a moment.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(id, listener, signal), RETRY_MS);
  });
}

/**
 * Call `load` now and again after each answer, every `delay()` milliseconds, while the page is visible.
 * @param {() => Promise<void>} load
 * @param {() => number} delay
 * @param {AbortSignal} signal
 */
export async function poll(load, delay, signal) {
  while (!signal.aborted) {
    if (!document.hidden) await load();
    await pause(delay(), signal);
  }
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>} resolved early when the page becomes visible again or goes
 */
function pause(ms, signal) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    document.addEventListener("visibilitychange", done);
    signal.addEventListener("abort", done);
  });
}

/**
 * Wrap `work` so that it never runs twice at once: calls during a run lead to one more run after it.
 * @param {() => Promise<void>} work
 * @returns {() => void}
 */
export function coalesced(work) {
  let running = false;
  let again = false;
  const run = async () => {
    again = running;
    if (running) return;
    running = true;
    try {
      await work();
    } finally {
      running = false;
      if (again) run();
    }
  };
  return run;
}
