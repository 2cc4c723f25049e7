/**
 * The service worker of the wallet. The centre puts the list of its edition in front of
 * this script (webapp/certificates/offline_wallet.py).
 */
import { noticeOf, openNotice } from "./push_notice.js";
import { OfflineEdition } from "./offline_edition.js";

/** @type {any} What a service worker has around it; no library here types it. */
const worker = self;

const edition = new OfflineEdition(worker.edition, {
  caches,
  fetch: (input, init) => fetch(input, init),
  windows: () => worker.clients.matchAll({ type: "window", includeUncontrolled: true }),
  skipWaiting: () => worker.skipWaiting(),
  origin: worker.location.origin,
  timeout: (milliseconds) =>
    new Promise((_resolve, reject) => {
      setTimeout(() => reject(new TypeError("no answer")), milliseconds);
    }),
});

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(edition.install());
});
worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(edition.activate());
});
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const answer = edition.answer(event.request);
  if (answer !== null) event.respondWith(answer);
});
worker.addEventListener("message", (/** @type {any} */ event) => {
  const { type, script } = event.data ?? {};
  if (type === "take-over" && typeof script === "string")
    event.waitUntil(edition.takeOver(script));
});
worker.addEventListener("push", (/** @type {any} */ event) => {
  const { title, options } = noticeOf(worker.edition.notices, event.data?.text() ?? "");
  event.waitUntil(worker.registration.showNotification(title, options));
});
worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(openNotice(event, worker.clients, worker.location.origin));
});
