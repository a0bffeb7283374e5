/** Where this document stands: at which path of a site, and in Memoscope itself or in a share, which reaches one experiment. */

const SHARE = /^\/s\/([A-Za-z0-9_-]+)(?=\/|$)/;

/** The path of the site under which Memoscope stands, such as `/memo`; empty where it has a server to itself. */
const root = (globalThis.document?.documentElement.dataset.root ?? "/").slice(0, -1);

/**
 * @param {string} pathname as the browser has it
 * @returns {string} the same without the path under which Memoscope stands
 */
export const within = (pathname) => (pathname.startsWith(`${root}/`) ? pathname.slice(root.length) : pathname);

/**
 * Addresses are written as if Memoscope had the server to itself; what hands one to the browser asks here first.
 * @param {string} address one of Memoscope's own that begins with `/`, or any other, which stays as it is
 * @returns {string} where the browser finds it; an address that went through here before stays as it is
 */
export const at = (address) => (/^\/(?!\/)/.test(address) && within(address) === address ? root + address : address);

/** The token of the share that this document shows; null in Memoscope itself. No link leads from one to the other. */
export const shareToken = SHARE.exec(within(globalThis.location?.pathname ?? ""))?.[1] ?? null;

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

/**
 * Whether an address leads back to the machine that opens it, and so opens nowhere else.
 * @param {string} url
 */
export const isLoopback = (url) => /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
