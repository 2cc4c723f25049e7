/**
 * The real ways to the relay: a WebSocket and POSTs to this page's own host.
 *
 * Window and document come in.
 */
import { createHttpPost } from "./http_transport.js";
import { RelayClient } from "./relay_client.js";
import { SocketIoClient } from "./socketio_client.js";

/** @typedef {import("./transport.js").Later} Later */
/** What tells that a page is back.
 * @typedef {{document: EventTarget & {visibilityState: string}, window: EventTarget}}
 *   Page
 */
/** How a WebSocket is opened.
 * @typedef {(address: string) => import("./socketio_client.js").WebSocketLike} Open
 */

const now = () => Date.now();
const random = () => Math.random();
/** @type {Later} */
const later = (milliseconds, action) => {
  const timer = setTimeout(action, milliseconds);
  return () => clearTimeout(timer);
};

/**
 * Return a socket that is not yet connected.
 * @param {string} [server] like "http://127.0.0.1:8000"; this page's own when left out
 * @param {Open} [open]
 * @returns {import("./transport.js").Socket}
 */
export function createSocket(server, open = (address) => new WebSocket(address)) {
  return new SocketIoClient(server ?? location.origin, { open, now, later, random });
}

/**
 * Return a relay client over real ways, which checks them when the page comes back.
 * @param {Page} page
 * @param {string} [server]
 * @param {Open} [open]
 * @returns {RelayClient}
 */
export function createRelayClient(page, server, open) {
  const socket = createSocket(server, open);
  const post = createHttpPost(server);
  const relay = new RelayClient({ socket, post, now, later });
  watchPage(relay, page);
  return relay;
}

/**
 * Check the connection whenever the page may have slept.
 * @param {Pick<RelayClient, "check" | "setVisible">} relay
 * @param {Page} page
 */
export function watchPage(relay, { document, window }) {
  const isVisible = () => document.visibilityState === "visible";
  relay.setVisible(isVisible());
  document.addEventListener("visibilitychange", () => {
    relay.setVisible(isVisible());
    if (isVisible()) relay.check();
  });
  window.addEventListener("pageshow", () => relay.check());
  window.addEventListener("online", () => relay.check());
}
