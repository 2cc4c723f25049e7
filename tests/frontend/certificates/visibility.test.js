/** On a shared device nobody sees a certificate without a right to it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Covering } from "../../../frontend/certificates/visibility.js";

/** A storage as browsers have it. @returns {any} */
function board() {
  /** @type {Map<string, string>} */
  const items = new Map();
  return {
    getItem: (/** @type {string} */ name) => items.get(name) ?? null,
    setItem: (/** @type {string} */ name, /** @type {string} */ value) =>
      items.set(name, value),
    removeItem: (/** @type {string} */ name) => items.delete(name),
  };
}

const denied = {
  ...board(),
  setItem: () => {
    throw new DOMException("denied", "SecurityError");
  },
};

/**
 * Return what covers in one tab, with a clock that can be turned.
 * @param {any} device
 * @param {{own?: string[], tab?: any}} [more]
 */
function tabOf(device, { own = [], tab = board() } = {}) {
  const clock = { now: 1_000_000 };
  const covering = new Covering({ device, tab, own, now: () => clock.now });
  return { covering, clock, tab };
}

const held = [{ id: "a" }, { id: "b" }];

test("where nobody was asked, and on a device of one's own, all is shown", () => {
  const { covering } = tabOf(board());

  assert.equal(covering.answer, null);
  assert.deepEqual(covering.split(held), { shown: held, covered: [] });
  covering.answer = "own";
  assert.deepEqual(covering.split(held), { shown: held, covered: [] });
});

test("on a shared device only one's own is shown", () => {
  const { covering } = tabOf(board(), { own: ["b"] });
  covering.answer = "shared";

  assert.deepEqual(covering.split(held), { shown: [held[1]], covered: [held[0]] });
});

test("whoever comes next meets the answer of the one before", () => {
  const device = board();
  tabOf(device).covering.answer = "shared";

  assert.deepEqual(tabOf(device).covering.split(held).shown, []);
});

test("what was shown by its password is shown in this tab alone, for ten minutes", () => {
  const device = board();
  const { covering, clock, tab } = tabOf(device);
  covering.answer = "shared";
  covering.show(["a"]);

  assert.ok(covering.isShown("a") && !covering.isShown("b"));
  assert.ok(tabOf(device, { tab }).covering.isShown("a")); // the next page of this tab
  assert.ok(!tabOf(device).covering.isShown("a"));
  clock.now += 10 * 60_000;
  assert.ok(!covering.isShown("a"));
});

test("a clock that was set back shows nothing for longer", () => {
  const { covering, clock } = tabOf(board());
  covering.answer = "shared";
  covering.show(["a"]);

  clock.now -= 60_000;

  assert.ok(!covering.isShown("a"));
});

test("it can be covered again at once", () => {
  const { covering } = tabOf(board());
  covering.answer = "shared";
  covering.show(["a"]);
  assert.ok(covering.canCover);

  covering.cover();

  assert.ok(!covering.isShown("a") && !covering.canCover);
});

test("what another page wrote there is no answer, and shows nothing", () => {
  const device = board(), tab = board();
  device.setItem("certferry.device", "shared");
  for (const text of ["", "null", "[]", '{"ids":"a","until":1000001}', "{"]) {
    tab.setItem("certferry.shown", text);
    assert.ok(!tabOf(device, { tab }).covering.isShown("a"), text);
  }
  device.setItem("certferry.device", "perhaps");
  assert.equal(tabOf(device).covering.answer, null);
});

test("where the browser keeps nothing the answer holds for the page", () => {
  const { covering } = tabOf(denied, { tab: denied });

  covering.answer = "shared";

  assert.ok(!covering.isShown("a"));
});
