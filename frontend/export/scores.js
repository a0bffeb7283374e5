/** A score and its interval from counts: the same numbers as the server's, to the last digits of a double. */

/**
 * In-accuracy minus held-out accuracy; NaN while one of them is not defined.
 * @param {number} kIn
 * @param {number} nIn
 * @param {number} kOut
 * @param {number} nOut
 */
export function memorization(kIn, nIn, kOut, nOut) {
  // Rounded as on the server, so that equal scores are the same number.
  return nIn > 0 && nOut > 0 ? Math.round((kIn / nIn - kOut / nOut) * 1e12) / 1e12 : Number.NaN;
}

/**
 * Newcombe's hybrid score interval of the difference of two proportions; NaN where a number of models is 0.
 * @param {number} kIn
 * @param {number} nIn
 * @param {number} kOut
 * @param {number} nOut
 * @param {number} z quantile of the standard normal
 * @returns {[low: number, high: number]}
 */
export function newcombe(kIn, nIn, kOut, nOut, z) {
  const [pIn, lowIn, highIn] = wilson(kIn, nIn, z);
  const [pOut, lowOut, highOut] = wilson(kOut, nOut, z);
  return [pIn - pOut - Math.hypot(pIn - lowIn, highOut - pOut), pIn - pOut + Math.hypot(highIn - pIn, pOut - lowOut)];
}

/**
 * @param {number} k
 * @param {number} n
 * @param {number} z
 * @returns {[p: number, low: number, high: number]}
 */
function wilson(k, n, z) {
  const p = n > 0 ? k / n : Number.NaN;
  const center = (p * n + (z * z) / 2) / (n + z * z);
  const spread = Math.sqrt(z * z * (p * (1 - p) * n + (z * z) / 4)) / (n + z * z);
  return [p, Math.min(p, Math.max(0, center - spread)), Math.max(p, Math.min(1, center + spread))];
}
