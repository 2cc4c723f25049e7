import assert from "node:assert/strict";
import { test } from "node:test";
import { dropToken, takeToken } from "../../../frontend/lib/scanned_token.js";
import { openStorage } from "../../../frontend/lib/storage.js";

/** A tab's storage. */
function makeStorage() {
  /** @type {Map<string, string>} */
  const items = new Map();
  return {
    length: 0,
    key: () => null,
    getItem: (/** @type {string} */ name) => items.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) =>
      void items.set(name, value),
    removeItem: (/** @type {string} */ name) => void items.delete(name),
  };
}

/** A page at an address. @param {string} hash */
function makePage(hash) {
  const page = { location: { hash, pathname: "/a" }, shown: `/a${hash}` };
  /** @type {Pick<History, "replaceState">} */
  const history = {
    replaceState: (_state, _title, address) => void (page.shown = String(address)),
  };
  return Object.assign(page, { history });
}

test("the secret is taken out of the address, and found again after a reload", () => {
  const [page, storage] = [makePage("#secret"), makeStorage()];

  assert.equal(takeToken(page, storage), "secret");

  assert.equal(page.shown, "/a");
  assert.equal(takeToken(makePage(""), storage), "secret");
});

test("another code takes the place of the one before", () => {
  const storage = makeStorage();
  takeToken(makePage("#first"), storage);

  assert.equal(takeToken(makePage("#second"), storage), "second");
  assert.equal(takeToken(makePage(""), storage), "second");
});

test("what has ended is forgotten", () => {
  const storage = makeStorage();
  takeToken(makePage("#secret"), storage);
  dropToken(storage);

  assert.equal(takeToken(makePage(""), storage), "");
});

test("where the browser keeps nothing the secret stays in the address", () => {
  const page = makePage("#secret");
  const denied = openStorage("sessionStorage", {});

  assert.equal(takeToken(page, denied), "secret");
  assert.equal(page.shown, "/a#secret");
});
