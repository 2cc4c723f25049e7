/** A storage that is denied is empty, and takes nothing; nobody trips over it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openStorage } from "../../../frontend/lib/storage.js";

test("a storage that may be used is the browser's own", () => {
  const own = { length: 0 };

  assert.equal(openStorage("sessionStorage", { sessionStorage: own }), own);
});

for (const [name, browser] of /** @type {const} */ ([
  ["whose name throws", { get localStorage() { throw new DOMException("no"); } }],
  ["that is null", { localStorage: null }],
  ["that is not there", {}],
])) {
  test(`a storage ${name} is empty and takes nothing`, () => {
    const storage = openStorage("localStorage", browser);

    assert.deepEqual([storage.length, storage.key(0), storage.getItem("x")],
      [0, null, null]);
    assert.doesNotThrow(() => storage.removeItem("x"));
    assert.throws(() => storage.setItem("x", "y"), { name: "SecurityError" });
  });
}
