/** Entry: the frame around every page, and which address shows which page. */

import { helpButton, showHelp } from "./components/help.js";
import { failure } from "./components/notice.js";
import { signOutButtons } from "./components/sign-out.js";
import { resumeTour } from "./components/tour.js";
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
  [/^\/storage$/, async () => (await import("./pages/storage.js")).storage],
  [/^\/glossary$/, async () => (await import("./pages/glossary.js")).glossary],
  [/^\/queue$/, async () => (await import("./pages/queue.js")).queue],
  [/^/, async () => (await import("./pages/not-found.js")).notFound],
];

if (shareToken) {
  // No link leads out of a share: whoever has it may not be able to open anything else.
  document.querySelector(".site-nav")?.remove();
  document.querySelector(".brand")?.removeAttribute("href");
}
document.querySelector(".site-actions")?.append(helpButton(), themeButton(), ...signOutButtons());
startKeyboard(showHelp);
startRouter(/** @type {HTMLElement} */ (document.querySelector("#main")), ROUTES, failure);
if (!shareToken) resumeTour();
