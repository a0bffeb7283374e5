/** Entry: the frame around every page, and which address shows which page. */

import { keyboardButton, startKeyboard } from "./keyboard.js";
import { startRouter } from "./router.js";
import { themeButton } from "./theme.js";

/** @type {import("./router.js").Route[]} */
const ROUTES = [
  [/^\/$/, async () => (await import("./pages/home.js")).home],
  [/^\/new\/([^/]+)$/, async () => (await import("./pages/new.js")).newExperiment],
  [/^\/experiments\/([^/]+)$/, async () => (await import("./pages/experiment.js")).experiment],
  [/^\/experiments\/([^/]+)\/examples\/(\d+)$/, async () => (await import("./pages/example.js")).example],
  [/^\/datasets$/, async () => (await import("./pages/datasets.js")).datasets],
  [/^\/datasets\/([^/]+)$/, async () => (await import("./pages/dataset.js")).dataset],
  [/^\/queue$/, async () => (await import("./pages/queue.js")).queue],
  [/^/, async () => (await import("./pages/not-found.js")).notFound],
];

document.querySelector(".site-actions")?.append(keyboardButton(), themeButton());
startKeyboard();
startRouter(/** @type {HTMLElement} */ (document.querySelector("#main")), ROUTES);
