/** Where this document stands: in Memoscope itself, or in a share, which reaches one experiment and changes nothing. */

const SHARE = /^\/s\/([A-Za-z0-9_-]+)(?=\/|$)/;

/** The token of the share that this document shows; null in Memoscope itself. No link leads from one to the other. */
export const shareToken = SHARE.exec(globalThis.location?.pathname ?? "")?.[1] ?? null;

/** What stands before every address of the API, and before those of a share's pages. */
export const base = shareToken ? `/s/${shareToken}` : "";

/**
 * A share's address without a query opens the view that was shared; every other view there is written out.
 * @param {string} query a view as `encode` writes it
 */
export const explicit = (query) => query || (shareToken ? "?tab=overview" : "");

/**
 * @param {string} id
 * @param {string} [query] a view as `encode` writes it
 * @returns {string} address of an experiment's page
 */
export function experimentHref(id, query = "") {
  return shareToken ? base + explicit(query) : `/experiments/${encodeURIComponent(id)}${query}`;
}

/**
 * @param {string} id of the experiment
 * @param {number} index
 * @param {string} [query] a view as `encode` writes it
 * @returns {string} address of an example's page
 */
export function exampleHref(id, index, query = "") {
  return `${shareToken ? base : experimentHref(id)}/examples/${index}${query}`;
}
