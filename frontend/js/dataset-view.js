/** Which sample of a data set its page shows, as the address says it. */

/** @typedef {{ part: "train" | "test", sample: number }} SampleView */

const INTEGER = /^\d{1,9}$/;

/**
 * Read it from a query string; what cannot be read falls back to its default and is reported.
 * @param {string} search
 * @returns {{ view: SampleView, unknown: string[] }}
 */
export function decodeSample(search) {
  const query = new URLSearchParams(search);
  const part = query.get("part") ?? "train";
  const sample = query.get("sample") ?? "0";
  const unknown = [];
  if (part !== "train" && part !== "test") unknown.push("part");
  if (!INTEGER.test(sample)) unknown.push("sample");
  return { view: { part: part === "test" ? "test" : "train", sample: INTEGER.test(sample) ? Number(sample) : 0 }, unknown };
}

/**
 * @param {SampleView} view
 * @returns {string} a query string without what is the default
 */
export function encodeSample({ part, sample }) {
  const query = new URLSearchParams();
  if (part !== "train") query.append("part", part);
  if (sample !== 0) query.append("sample", String(sample));
  return query.size ? `?${query}` : "";
}
