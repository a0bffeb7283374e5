import assert from "node:assert/strict";
import { test } from "node:test";

import { api } from "../../frontend/js/api.js";
import { ago } from "../../frontend/js/format.js";
import { learn, serverTime } from "../../frontend/js/server-time.js";

const HOUR = 3_600_000;
const MINUTE = 60_000;
const httpDate = (ms) => new Date(ms).toUTCString();
const iso = (ms) => new Date(ms).toISOString();

test("ages follow the server's clock, learned from its answers, not the browser's", async (t) => {
  const real = Date.now();
  assert.ok(Math.abs(serverTime() - real) < 1000, "the browser's clock until there is an answer");
  learn(null);
  learn("soon");
  assert.ok(Math.abs(serverTime() - real) < 1000, "no time, nothing learned");
  // Here the browser is the one with the right clock; the server, an hour ahead, counts all the same.
  const server = real + HOUR;
  const answer = (date) => new Response("{}", { headers: { Date: httpDate(date) } });
  t.mock.method(globalThis, "fetch", async () => answer(server));
  await api.queue();
  assert.ok(Math.abs(serverTime() - server) < 2000);
  assert.equal(ago(iso(server - 3000)), "just now");
  assert.equal(ago(iso(server - 5 * MINUTE)), "5 min ago");
  globalThis.fetch.mock.mockImplementation(async () => answer(server - 10 * MINUTE));
  await api.queue();
  assert.equal(ago(iso(server - 5 * MINUTE)), "5 min ago", "a cached answer sets no clock back");
  t.mock.timers.enable({ apis: ["Date"], now: real - 5 * HOUR });
  assert.equal(ago(iso(server - 5 * MINUTE)), "5 min ago", "nor does the browser's clock");
});
