import assert from "node:assert/strict";
import { test } from "node:test";

import { aborted, api } from "../../frontend/js/api.js";

const busy = (seconds) =>
  new Response('{"title": "Busy", "detail": "Too many requests wait already."}', {
    status: 503,
    headers: seconds === null ? {} : { "Retry-After": String(seconds) },
  });

/**
 * @param {import("node:test").TestContext} t
 * @param {Response[]} answers given one after the other
 */
function answering(t, answers) {
  return t.mock.method(globalThis, "fetch", async () => answers.shift());
}

test("a busy server is asked again when it said so", async (t) => {
  const fetched = answering(t, [busy(0.02), busy(0.02), new Response('{"items": []}')]);
  const started = performance.now();
  assert.deepEqual(await api.studies(), { items: [] });
  assert.equal(fetched.mock.callCount(), 3);
  assert.ok(performance.now() - started >= 35, "it waited");
});

test("one that stays busy is not asked forever, and what it says is told", async (t) => {
  const fetched = answering(t, Array.from({ length: 9 }, () => busy(0.01)));
  await assert.rejects(api.studies(), /Too many requests wait already/);
  assert.equal(fetched.mock.callCount(), 4);
});

test("a 503 that names no time is an error at once", async (t) => {
  const fetched = answering(t, [busy(null)]);
  await assert.rejects(api.studies());
  assert.equal(fetched.mock.callCount(), 1);
});

test("who leaves the page waits no longer", async (t) => {
  const fetched = answering(t, [busy(30)]);
  const leaving = new AbortController();
  const asked = api.studies(leaving.signal);
  setTimeout(() => leaving.abort(), 10);
  await assert.rejects(asked, aborted);
  assert.equal(fetched.mock.callCount(), 1);
});
