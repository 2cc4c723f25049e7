/** On a shared device nobody sees a certificate without a right to it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Visibility } from "../../../frontend/certificates/visibility.js";

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
  const visibility = new Visibility({ device, tab, own, now: () => clock.now });
  return { visibility, clock, tab };
}

const certificates = [{ id: "a" }, { id: "b" }];

test("where nobody was asked, and on a device of one's own, all is shown", () => {
  const { visibility } = tabOf(board());

  assert.equal(visibility.deviceUse, null);
  assert.deepEqual(visibility.partition(certificates), { visible: certificates, covered: [] });
  visibility.deviceUse = "own";
  assert.deepEqual(visibility.partition(certificates), { visible: certificates, covered: [] });
});

test("on a shared device only one's own is shown", () => {
  const { visibility } = tabOf(board(), { own: ["b"] });
  visibility.deviceUse = "shared";

  assert.deepEqual(visibility.partition(certificates), { visible: [certificates[1]], covered: [certificates[0]] });
});

test("whoever comes next meets the answer of the one before", () => {
  const device = board();
  tabOf(device).visibility.deviceUse = "shared";

  assert.deepEqual(tabOf(device).visibility.partition(certificates).visible, []);
});

test("what was shown by its password is shown in this tab alone, for ten minutes", () => {
  const device = board();
  const { visibility, clock, tab } = tabOf(device);
  visibility.deviceUse = "shared";
  visibility.reveal(["a"]);

  assert.ok(visibility.isVisible("a") && !visibility.isVisible("b"));
  assert.ok(tabOf(device, { tab }).visibility.isVisible("a")); // the next page of this tab
  assert.ok(!tabOf(device).visibility.isVisible("a"));
  clock.now += 10 * 60_000;
  assert.ok(!visibility.isVisible("a"));
});

test("a clock that was set back shows nothing for longer", () => {
  const { visibility, clock } = tabOf(board());
  visibility.deviceUse = "shared";
  visibility.reveal(["a"]);

  clock.now -= 60_000;

  assert.ok(!visibility.isVisible("a"));
});

test("it can be covered again at once", () => {
  const { visibility } = tabOf(board());
  visibility.deviceUse = "shared";
  visibility.reveal(["a"]);
  assert.ok(visibility.hasRevealed);

  visibility.cover();

  assert.ok(!visibility.isVisible("a") && !visibility.hasRevealed);
});

test("what another page wrote there is no answer, and shows nothing", () => {
  const device = board(), tab = board();
  device.setItem("certferry.device", "shared");
  for (const text of ["", "null", "[]", '{"ids":"a","until":1000001}', "{"]) {
    tab.setItem("certferry.shown", text);
    assert.ok(!tabOf(device, { tab }).visibility.isVisible("a"), text);
  }
  device.setItem("certferry.device", "perhaps");
  assert.equal(tabOf(device).visibility.deviceUse, null);
});

test("where the browser keeps nothing the answer holds for the page", () => {
  const { visibility } = tabOf(denied, { tab: denied });

  visibility.deviceUse = "shared";

  assert.ok(!visibility.isVisible("a"));
});
