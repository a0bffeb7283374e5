import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.location = { pathname: "/memo/s/aB3_-x/examples/7", search: "" };
globalThis.document = { documentElement: { dataset: { root: "/memo/" } } };
const { at, base, exampleHref, experimentHref, explicit, isLoopback, shareToken, within } = await import("../../frontend/js/place.js");
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

test("under a path of a site, every address of Memoscope's own begins with it, once", async () => {
  const asked = [];
  globalThis.fetch = async (url) => {
    asked.push(url);
    return new Response("{}");
  };
  await api.example("0123", "3", "");
  assert.deepEqual(asked, ["/memo/s/aB3_-x/api/experiments/0123/examples/3"]);
  assert.equal(at("/datasets?sort=name"), "/memo/datasets?sort=name");
  assert.equal(at("/memo/datasets"), "/memo/datasets");
  for (const other of ["#main", "?tab=log", "//example.org/a", "https://example.org/a", "blob:1", ""]) assert.equal(at(other), other);
  assert.equal(within("/memo/queue"), "/queue");
  assert.equal(within("/memory/queue"), "/memory/queue");
});

test("an address that only this machine understands is told from others", () => {
  for (const host of ["127.0.0.1:8000", "127.3.2.1", "localhost", "memo.localhost", "[::1]:8000"]) assert.ok(isLoopback(`http://${host}/s/x`), host);
  for (const host of ["127.0.0.1.example.org", "localhost.example.org", "192.168.1.5", "[fe80::1]"]) assert.ok(!isLoopback(`http://${host}/s/x`), host);
});
