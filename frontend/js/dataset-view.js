/** Which sample of a data set its page shows, and how corrupted its labels, as the address says it. */

/**
 * `corruption` is the probability that a label is redrawn, in tenths.
 * @typedef {{ part: "train" | "test", sample: number, corruption: number }} SampleView
 */

const INTEGER = /^\d{1,9}$/;
const TENTHS = /^0\.[1-9]$/;
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
  const unknown = [];
  if (part !== "train" && part !== "test") unknown.push("part");
  if (!INTEGER.test(sample)) unknown.push("sample");
  if (!TENTHS.test(corruption)) unknown.push("corruption");
  return {
    view: {
      part: part === "test" ? "test" : "train",
      sample: INTEGER.test(sample) ? Number(sample) : 0,
      corruption: TENTHS.test(corruption) ? Number(corruption) : CORRUPTION,
    },
    unknown,
  };
}

/**
 * @param {SampleView} view
 * @returns {string} a query string without what is the default
 */
export function encodeSample({ part, sample, corruption }) {
  const query = new URLSearchParams();
  if (part !== "train") query.append("part", part);
  if (sample !== 0) query.append("sample", String(sample));
  if (corruption !== CORRUPTION) query.append("corruption", String(corruption));
  return query.size ? `?${query}` : "";
}
