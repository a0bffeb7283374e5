import assert from "node:assert/strict";
import { test } from "node:test";

import { verdictCounts } from "../../frontend/js/components/claims.js";

test("verdicts are counted in a fixed order, and those without claims left out", () => {
  const claims = ["not run", "differs", "holds", "holds", "not run"].map((verdict) => ({ verdict }));
  assert.equal(verdictCounts(claims), "2 hold, 1 differs, 2 not run");
  assert.equal(verdictCounts([]), "");
});
