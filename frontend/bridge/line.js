/**
 * The real line: Socket.IO over a WebSocket to the relay of this page's own host.
 *
 * The only file of the bridge that knows the library. Window and document come in.
 */
import { io } from "socket.io-client";
import { Relay } from "./relay.js";

/** @typedef {import("./relay.js").Line} Line */
/** What tells that a page is back.
 * @typedef {{document: EventTarget & {visibilityState: string}, window: EventTarget}}
 *   Page
 */

const NAMESPACE = "/bridge";

/**
 * Return a line that is not yet open.
 * @param {string} [server] like "http://127.0.0.1:8000"; this page's own when left out
 * @returns {Line}
 */
export function makeLine(server = "") {
  const socket = io(`${server}${NAMESPACE}`, {
    transports: ["websocket"], // one connection, behind any balancer
    autoConnect: false,
    forceNew: true,
    reconnectionDelay: 250,
    reconnectionDelayMax: 2000,
    timeout: 5000,
  });
  socket.on("disconnect", (reason) => {
    // The library comes back by itself except when the server hung up.
    if (reason === "io server disconnect") socket.connect();
  });
  return {
    on: (event, handler) => void socket.on(event, handler),
    call: (event, body, milliseconds) =>
      socket.timeout(milliseconds).emitWithAck(event, body),
    connect: () => void socket.connect(),
    reconnect: () => void socket.disconnect().connect(),
    close: () => void socket.disconnect(),
  };
}

/**
 * Return a relay over a real line, which asks after itself when the page comes back.
 * @param {Page} page
 * @param {Line} [line]
 * @returns {Relay}
 */
export function makeRelay(page, line = makeLine()) {
  const relay = new Relay({
    line,
    now: () => Date.now(),
    later: (milliseconds, action) => {
      const timer = setTimeout(action, milliseconds);
      return () => clearTimeout(timer);
    },
  });
  watch(relay, page);
  return relay;
}

/**
 * Check the line whenever the page may have slept.
 * @param {Pick<Relay, "check">} relay
 * @param {Page} page
 */
export function watch(relay, { document, window }) {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") relay.check();
  });
  window.addEventListener("pageshow", () => relay.check());
  window.addEventListener("online", () => relay.check());
}
