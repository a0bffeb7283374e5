/** Which sample of a data set its page shows, how corrupted its labels, and which budget is chosen, as the address says it. */

/**
 * `corruption` is the probability that a label is redrawn, in tenths; `budget` names the time that looking for
 * wrong labels may take, the least that suffices where it is empty.
 * @typedef {{ part: "train" | "test", sample: number, corruption: number, budget: string }} SampleView
 */

const INTEGER = /^\d{1,9}$/;
const TENTHS = /^0\.[1-9]$/;
const NAME = /^[a-z]{0,20}$/;
const CORRUPTION = 0.5;

/**
 * Read it from a query string; what cannot be read falls back to its default and is reported.
 * @param {string} search
 * @returns {{ view: SampleView, unknown: string[] }}
 */
export function decodeSample(search) {
  const query = new URLSearchParams(search);
  const part = query.get("part") ?? "train";
  const sample = query.get("sample") ?? "0";
  const corruption = query.get("corruption") ?? String(CORRUPTION);
  const budget = query.get("budget") ?? "";
  const unknown = [];
  if (!NAME.test(budget)) unknown.push("budget");
  if (part !== "train" && part !== "test") unknown.push("part");
  if (!INTEGER.test(sample)) unknown.push("sample");
  if (!TENTHS.test(corruption)) unknown.push("corruption");
  return {
    view: {
      part: part === "test" ? "test" : "train",
      sample: INTEGER.test(sample) ? Number(sample) : 0,
      corruption: TENTHS.test(corruption) ? Number(corruption) : CORRUPTION,
      budget: NAME.test(budget) ? budget : "",
    },
    unknown,
  };
}

/**
 * @param {SampleView} view
 * @returns {string} a query string without what is the default
 */
export function encodeSample({ part, sample, corruption, budget }) {
  const query = new URLSearchParams();
  if (part !== "train") query.append("part", part);
  if (sample !== 0) query.append("sample", String(sample));
  if (corruption !== CORRUPTION) query.append("corruption", String(corruption));
  if (budget !== "") query.append("budget", budget);
  return query.size ? `?${query}` : "";
}
