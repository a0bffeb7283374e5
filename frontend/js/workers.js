/** What is said about a worker. */

import { duration } from "./format.js";

/** @import { Worker } from "../types/api.js" */

const TOLERATED_SKEW_S = 2;

/**
 * @param {Pick<Worker, "skew_s">} worker
 * @returns {string} what is wrong with its clock; empty if nothing is
 */
export function clockTrouble({ skew_s: skew }) {
  if (skew === null || Math.abs(skew) <= TOLERATED_SKEW_S) return "";
  const off = `${duration(Math.abs(skew))} ${skew > 0 ? "ahead of" : "behind"}`;
  return `Its clock is ${off} the database's; set it with NTP. Results are not affected.`;
}
