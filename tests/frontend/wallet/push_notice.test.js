import assert from "node:assert/strict";
import { test } from "node:test";
import { noticeOf, openNotice } from "../../../frontend/wallet/push_notice.js";

const TEXTS = {
  request: { title: "A request waits", body: "Press", address: "/device" },
  use: { title: "Something was done", body: "Press", address: "/me/history", alarm: "Not me" },
};
const ORIGIN = "https://ca.example";

/** @param {string[]} urls */
function windowsOf(urls) {
  /** @type {string[]} */
  const events = [];
  const windows = urls.map((url) => ({ url, focus: () => events.push(`focus ${url}`) }));
  return {
    events,
    clients: {
      matchAll: async () => windows,
      openWindow: async (/** @type {string} */ url) => events.push(`open ${url}`),
    },
  };
}

test("a message is shown in the words of the edition", () => {
  const { title, options } = noticeOf(TEXTS, '{"kind": "request"}');

  assert.equal(title, "A request waits");
  assert.deepEqual(options.actions, []);
  assert.equal(options.tag, "request");
});

test("what was done in somebody's name has the alarm one press away", async () => {
  const { options } = noticeOf(TEXTS, '{"kind": "use"}');
  const { clients, events } = windowsOf([]);

  await openNotice({ action: options.actions[0].action, notification: options }, clients, ORIGIN);

  assert.equal(options.actions[0].title, "Not me");
  assert.deepEqual(events, [`open ${ORIGIN}/me/not-me`]);
});

for (const message of ["", "x", "[]", "null", '{"kind": "__proto__"}', '{"kind": 7}'])
  test(`what cannot be read is shown as a request: ${message}`, () => {
    assert.equal(noticeOf(TEXTS, message).title, "A request waits");
  });

test("a press shows the page that is open already, and else a new one", async () => {
  const notification = { data: { address: "/device" } };
  const shown = windowsOf([`${ORIGIN}/wallet`, `${ORIGIN}/device`]);
  const none = windowsOf([`${ORIGIN}/wallet`]);

  await openNotice({ action: "", notification }, shown.clients, ORIGIN);
  await openNotice({ action: "", notification }, none.clients, ORIGIN);

  assert.deepEqual(shown.events, [`focus ${ORIGIN}/device`]);
  assert.deepEqual(none.events, [`open ${ORIGIN}/device`]);
});
