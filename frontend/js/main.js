/** Entry: the frame around every page, and which address shows which page. */

import { failure } from "./components/notice.js";
import { keyboardButton, showShortcuts } from "./components/shortcuts.js";
import { startKeyboard } from "./keyboard.js";
import { shareToken } from "./place.js";
import { startRouter } from "./router.js";
import { themeButton } from "./theme.js";

/** @type {import("./router.js").Route[]} */
const ROUTES = [
  [/^\/$/, async () => (await import("./pages/home.js")).home],
  [/^\/studies\/([^/]+)$/, async () => (await import("./pages/study.js")).study],
  [/^\/new\/([^/]+)$/, async () => (await import("./pages/new.js")).newExperiment],
  [/^\/experiments\/([^/]+)$/, async () => (await import("./pages/experiment.js")).experiment],
  [/^\/experiments\/([^/]+)\/examples\/(\d+)$/, async () => (await import("./pages/example.js")).example],
  [/^\/datasets$/, async () => (await import("./pages/datasets.js")).datasets],
  [/^\/datasets\/([^/]+)$/, async () => (await import("./pages/dataset.js")).dataset],
  [/^\/s\/([^/]+)$/, async () => (await import("./pages/shared.js")).sharedExperiment],
  [/^\/s\/([^/]+)\/examples\/(\d+)$/, async () => (await import("./pages/shared.js")).sharedExample],
  [/^\/compare$/, async () => (await import("./pages/compare.js")).compare],
  [/^\/report$/, async () => (await import("./pages/report.js")).report],
  [/^\/queue$/, async () => (await import("./pages/queue.js")).queue],
  [/^/, async () => (await import("./pages/not-found.js")).notFound],
];

if (shareToken) {
  // No link leads out of a share: whoever has it may not be able to open anything else.
  document.querySelector(".site-nav")?.remove();
  document.querySelector(".brand")?.removeAttribute("href");
}
document.querySelector(".site-actions")?.append(keyboardButton(), themeButton());
startKeyboard(showShortcuts);
startRouter(/** @type {HTMLElement} */ (document.querySelector("#main")), ROUTES, failure);
