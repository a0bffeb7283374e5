/** Which sample of a data set its page shows, as the address says it. */

/** @typedef {{ part: "train" | "test", sample: number }} SampleView */

const INTEGER = /^\d{1,9}$/;

/**
 * Read it from a query string; what cannot be read falls back to its default.
 * @param {string} search
 * @returns {SampleView}
 */
export function decodeSample(search) {
  const query = new URLSearchParams(search);
  const seed = query.get("sample") ?? "";
  return { part: query.get("part") === "test" ? "test" : "train", sample: INTEGER.test(seed) ? Number(seed) : 0 };
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
