import assert from "node:assert/strict";
import { test } from "node:test";

import { clockTrouble } from "../../frontend/js/workers.js";

test("a worker's clock is worth a word beyond 2 s, whichever way it is off", () => {
  for (const skew_s of [null, 0, 2, -2]) assert.equal(clockTrouble({ skew_s }), "");
  assert.equal(clockTrouble({ skew_s: -20.3 }), "Its clock is 20 s behind the database's; set it with NTP. Results are not affected.");
  assert.match(clockTrouble({ skew_s: 7200 }), /2.0 h ahead of the database's/);
  assert.match(clockTrouble({ skew_s: 2.01 }), /2 s ahead of/);
});
