/**
 * Notices by push on this device: allowed by one press, and never asked for otherwise.
 */
import { base64url, equal, fromBase64url } from "../lib/bytes.js";

/** @typedef {import("./device_client.js").DeviceClient} DeviceClient */

/**
 * Of the centre: the key that subscriptions are made with, and the worker that shows them.
 * @typedef {{keyId: string, key: string, worker: string, scope: string}} PushCentre
 */

/** Whether this browser shows notices of a page. @param {PushCentre} centre */
export const canPush = ({ key }) =>
  key !== "" && "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;

/**
 * Return what the person decided, and whether this browser is subscribed.
 * @param {PushCentre} centre
 * @returns {Promise<"on" | "off" | "denied" | "unsupported">}
 */
export async function pushState(centre) {
  if (!canPush(centre)) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  const registration = await navigator.serviceWorker.getRegistration(centre.scope);
  const subscription = await registration?.pushManager.getSubscription();
  return subscription && Notification.permission === "granted" ? "on" : "off";
}

/**
 * Ask the person, and have the centre tell this device.
 * @param {DeviceClient} client
 * @param {PushCentre} centre
 * @returns {Promise<boolean>} false where the person says no
 */
export async function allowPush(client, centre) {
  if ((await Notification.requestPermission()) !== "granted") return false;
  const { serviceWorker } = navigator;
  const registration = await serviceWorker.register(centre.worker, { scope: centre.scope });
  await activeWorker(registration);
  const applicationServerKey = fromBase64url(centre.key);
  const old = await registration.pushManager.getSubscription();
  if (old && !isMadeWith(old, applicationServerKey)) await old.unsubscribe();
  const options = { userVisibleOnly: true, applicationServerKey };
  const subscription = await registration.pushManager.subscribe(options);
  await client.send("/device/notices", "notices", {
    endpoint: subscription.endpoint,
    p256dh: keyOf(subscription, "p256dh"),
    auth: keyOf(subscription, "auth"),
    key: centre.keyId,
  });
  return true;
}

/**
 * Tell the centre where this device is now, as a browser may have moved it, or the centre
 * has another key.
 * @param {DeviceClient} client
 * @param {PushCentre} centre
 */
export async function renewPush(client, centre) {
  if ((await pushState(centre)) === "on") await allowPush(client, centre);
}

/** Show no notices any more. @param {DeviceClient} client @param {PushCentre} centre */
export async function stopPush(client, centre) {
  await client.send("/device/notices", "notices");
  const registration = await navigator.serviceWorker.getRegistration(centre.scope);
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
}

/** Wait until a worker can be subscribed with. @param {ServiceWorkerRegistration} registration */
function activeWorker(registration) {
  const coming = registration.installing ?? registration.waiting;
  if (registration.active || !coming) return Promise.resolve();
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      coming.addEventListener("statechange", () => {
        if (coming.state === "activated") resolve();
      });
    })
  );
}

/** @param {PushSubscription} subscription @param {PushEncryptionKeyName} name */
function keyOf(subscription, name) {
  const key = subscription.getKey(name);
  return key === null ? "" : base64url(new Uint8Array(key));
}

/** @param {PushSubscription} subscription @param {Uint8Array} key */
function isMadeWith({ options }, key) {
  const { applicationServerKey } = options;
  return applicationServerKey !== null && equal(new Uint8Array(applicationServerKey), key);
}
