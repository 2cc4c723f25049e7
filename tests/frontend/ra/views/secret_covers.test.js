/** Passwords that are shown at the counter are covered again, whoever opened them when. */
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { closeAfterDelay } from "../../../../frontend/ra/views/secret_covers.js";

const OPEN_MS = 1_000;

/** What of `<details>` the covers use; `open` says its change as a browser does. */
class Cover extends EventTarget {
  #open;

  /** @param {boolean} open */
  constructor(open) {
    super();
    this.#open = open;
  }

  get open() {
    return this.#open;
  }

  set open(value) {
    const isChanged = this.#open !== value;
    this.#open = value;
    if (isChanged) this.dispatchEvent(new Event("toggle"));
  }
}

/** @param {Cover} cover */
function start(cover) {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const view = new EventTarget();
  closeAfterDelay(/** @type {any} */ ([cover]), {
    page: /** @type {any} */ (page),
    view: /** @type {any} */ (view),
    openFor: OPEN_MS,
  });
  return { page, view };
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
});

test("what is opened is covered after its time", () => {
  const cover = new Cover(false);
  start(cover);

  cover.open = true;
  mock.timers.tick(OPEN_MS - 1);
  assert.equal(cover.open, true);
  mock.timers.tick(1);

  assert.equal(cover.open, false);
});

test("what was open before the script was there is covered after its time too", () => {
  const cover = new Cover(true);
  start(cover);

  mock.timers.tick(OPEN_MS);

  assert.equal(cover.open, false);
});

test("leaving the tab covers at once, and paper has it all", () => {
  const cover = new Cover(true);
  const { page, view } = start(cover);

  page.visibilityState = "hidden";
  page.dispatchEvent(new Event("visibilitychange"));
  assert.equal(cover.open, false);
  view.dispatchEvent(new Event("beforeprint"));
  assert.equal(cover.open, true);
  view.dispatchEvent(new Event("afterprint"));

  assert.equal(cover.open, false);
});
