import assert from "node:assert/strict";
import { test } from "node:test";

import { verdictCounts } from "../../frontend/js/components/claims.js";

test("verdicts are counted in a fixed order, and those without claims left out", () => {
  const claims = ["not run", "fails", "holds", "holds", "not run"].map((verdict) => ({ verdict }));
  assert.equal(verdictCounts(claims), "2 hold, 1 fails, 2 not run");
  assert.equal(verdictCounts([]), "");
});
