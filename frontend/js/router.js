/** History-API router: links stay plain `<a href>`; a page is loaded first and swapped in when it is ready. */

import { aborted } from "./api.js";
import { at, within } from "./place.js";

/**
 * @typedef {object} Page
 * @property {string} title
 * @property {HTMLElement} element
 * @property {() => void | Promise<void>} [start] called once the element is in the document
 * @property {() => void} [restore] called when only the query changed; without it the page is loaded anew
 */
/** @typedef {(params: string[], signal: AbortSignal) => Promise<Page>} PageLoader */
/** @typedef {[pattern: RegExp, load: () => Promise<PageLoader>]} Route */
/** What stands in the place of a page that did not load. @typedef {(error: unknown, retry: () => void) => HTMLElement} Failure */

const SCROLL_SETTLED_MS = 150;
const SERVER_PATHS = /^(\/s\/[^/]+)?\/(api|static|healthz|readyz|metrics|openapi\.json|docs)(\/|$)/;

/** @type {HTMLElement} */
let outlet;
/** @type {Route[]} */
let routes;
/** @type {Failure} */
let failure;
/** @type {Page | null} */
let page = null;
let path = "";
let controller = new AbortController();

/**
 * Show the page of the present address in `element` and follow links from now on.
 * @param {HTMLElement} element
 * @param {Route[]} table the last route catches everything
 * @param {Failure} failed
 */
export function startRouter(element, table, failed) {
  outlet = element;
  routes = table;
  failure = failed;
  history.scrollRestoration = "manual";
  document.addEventListener("click", followLink);
  window.addEventListener("popstate", () => show({ restored: true }));
  let timer = 0;
  window.addEventListener(
    "scroll",
    () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => remember({ y: window.scrollY }), SCROLL_SETTLED_MS);
    },
    { passive: true },
  );
  show({ restored: true });
}

/**
 * Go to an address of this application.
 * @param {string} href
 * @param {{ replace?: boolean }} [options]
 */
export function navigate(href, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", at(href));
  else history.pushState(null, "", at(href));
  show({ restored: false });
}

/**
 * Keep small facts with the present history entry, such as how far a list was scrolled.
 * @param {Record<string, number>} facts
 */
export function remember(facts) {
  history.replaceState({ ...history.state, ...facts }, "");
}

/**
 * @param {string} name
 * @returns {number}
 */
export function recalled(name) {
  return Number(history.state?.[name] ?? 0);
}

/** @param {MouseEvent} event */
function followLink(event) {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = /** @type {Element} */ (event.target).closest("a");
  if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (SERVER_PATHS.test(within(link.pathname))) return;
  event.preventDefault();
  if (!link.getAttribute("href")?.startsWith("#")) return navigate(link.href);
  // A jump of the browser's own would count as another page, which is then loaded.
  history.pushState(null, "", link.href);
  jump(link.hash);
}

/**
 * Go to a part of the page that is shown, with the keyboard too.
 * @param {string} hash such as `#main`
 */
function jump(hash) {
  const part = document.getElementById(hash.slice(1));
  part?.scrollIntoView();
  part?.focus({ preventScroll: true });
}

/** @param {{ restored: boolean }} options */
async function show({ restored }) {
  if (page?.restore && location.pathname === path) {
    page.restore();
    if (location.hash && !restored) jump(location.hash);
    return;
  }
  const first = page === null;
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  document.documentElement.dataset.loading = "";
  const next = await load(signal);
  if (signal.aborted || !next) return;
  page = next;
  path = location.pathname;
  delete document.documentElement.dataset.loading;
  markNavigation();
  document.title = next.title ? `${next.title} · Memoscope` : "Memoscope";
  const y = restored ? recalled("y") : 0;
  outlet.replaceChildren(next.element);
  if (!first) outlet.querySelector("h1")?.focus({ preventScroll: true });
  window.scrollTo(0, 0);
  await next.start?.();
  if (signal.aborted) return;
  if (window.scrollY > 0) return; // the page has found its place, or a person did meanwhile
  if (y) window.scrollTo(0, y);
  else if (location.hash) jump(location.hash);
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<Page | null>} null when the page was given up
 */
async function load(signal) {
  const pathname = within(location.pathname);
  for (const [pattern, module] of routes) {
    const match = pattern.exec(pathname);
    if (!match) continue;
    try {
      const loader = await arrived(module());
      return await loader(match.slice(1).map(decodeURIComponent), signal);
    } catch (error) {
      if (aborted(error) || signal.aborted) return null;
      return { title: "Problem", element: failure(error, () => show({ restored: false })) };
    }
  }
  return null;
}

/**
 * Wait for a module that is loaded when it is needed; browsers tell only in their own words that one did not arrive.
 * @template T
 * @param {Promise<T>} module
 * @returns {Promise<T>}
 */
export async function arrived(module) {
  try {
    return await module;
  } catch (error) {
    throw error instanceof TypeError ? new Error("A part of this page did not arrive. Is the server still running?") : error;
  }
}

/** Mark the entry of the main navigation that this page belongs to. */
function markNavigation() {
  for (const link of document.querySelectorAll(".site-nav a")) {
    const [href = ""] = within(link.getAttribute("href") ?? "").split("#");
    const shown = within(location.pathname);
    if (href === shown) link.setAttribute("aria-current", "page");
    else if (href !== "/" && shown.startsWith(`${href}/`)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
