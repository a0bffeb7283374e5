import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.location = { pathname: "/s/aB3_-x/examples/7", search: "" };
const { base, exampleHref, experimentHref, explicit, shareToken } = await import("../../frontend/js/place.js");
const { api, experimentUrl } = await import("../../frontend/js/api.js");
const { decode, encode } = await import("../../frontend/js/view.js");

test("in a share all addresses stay inside the share", () => {
  assert.equal(shareToken, "aB3_-x");
  assert.equal(base, "/s/aB3_-x");
  assert.equal(experimentHref("0123", "?tab=explore"), "/s/aB3_-x?tab=explore");
  assert.equal(exampleHref("0123", 5, "?label=3"), "/s/aB3_-x/examples/5?label=3");
  assert.equal(experimentUrl("0123"), "/s/aB3_-x/api/experiments/0123");
});

test("the overview of a share is written out: without a query its address opens what was shared", () => {
  const overview = experimentHref("0123", encode(decode("").view));
  assert.equal(overview, "/s/aB3_-x?tab=overview");
  assert.equal(explicit("?tab=log"), "?tab=log");
});

test("addresses in answers are those of the share", async () => {
  globalThis.fetch = async () => new Response(JSON.stringify({ image: "/api/datasets/digits/images/3.png", name: "3 /api/" }));
  assert.deepEqual(await api.example("0123", "3", ""), { image: "/s/aB3_-x/api/datasets/digits/images/3.png", name: "3 /api/" });
});
