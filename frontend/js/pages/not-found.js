/** The page for addresses that lead nowhere. */

import { notice } from "../components/notice.js";
import { h } from "../dom.js";
import { shareToken } from "../place.js";

/** @type {import("../router.js").PageLoader} */
export async function notFound() {
  const panel = notice(
    { title: "There is no page here", detail: `Nothing lives at ${location.pathname}. The link may be old or mistyped.`, level: "h1" },
    ...(shareToken ? [] : [h("a", { class: "button", href: "/" }, "All experiments")]),
  );
  return { title: "Not found", element: h("div", { class: "page page-narrow" }, panel) };
}
