/**
 * The real line: a WebSocket and POSTs to the relay of this page's own host.
 *
 * Window and document come in.
 */
import { makePosts } from "./posts.js";
import { Relay } from "./relay.js";
import { Socket } from "./socket.js";

/** @typedef {import("./doors.js").Line} Line */
/** @typedef {import("./doors.js").Later} Later */
/** What tells that a page is back.
 * @typedef {{document: EventTarget & {visibilityState: string}, window: EventTarget}}
 *   Page
 */
/** How a WebSocket is opened.
 * @typedef {(address: string) => import("./socket.js").Wire} Open
 */

const now = () => Date.now();
/** @type {Later} */
const later = (milliseconds, action) => {
  const timer = setTimeout(action, milliseconds);
  return () => clearTimeout(timer);
};

/**
 * Return a line that is not yet open.
 * @param {string} [server] like "http://127.0.0.1:8000"; this page's own when left out
 * @param {Open} [open]
 * @returns {Line}
 */
export function makeLine(server, open = (address) => new WebSocket(address)) {
  const chance = () => Math.random();
  return new Socket(server ?? location.origin, { open, now, later, chance });
}

/**
 * Return a relay over real ways, which asks after itself when the page comes back.
 * @param {Page} page
 * @param {string} [server]
 * @param {Open} [open]
 * @returns {Relay}
 */
export function makeRelay(page, server, open) {
  const line = makeLine(server, open);
  const relay = new Relay({ line, posts: makePosts(server), now, later });
  watch(relay, page);
  return relay;
}

/**
 * Check the line whenever the page may have slept.
 * @param {Pick<Relay, "check" | "look">} relay
 * @param {Page} page
 */
export function watch(relay, { document, window }) {
  const isVisible = () => document.visibilityState === "visible";
  relay.look(isVisible());
  document.addEventListener("visibilitychange", () => {
    relay.look(isVisible());
    if (isVisible()) relay.check();
  });
  window.addEventListener("pageshow", () => relay.check());
  window.addEventListener("online", () => relay.check());
}
