/**
 * A socket to the relay: the few Socket.IO packets that
 * mobile_bridge/server/socketio_codec.py speaks.
 *
 * Comes back by itself until it is closed, and says anew whose it is each time. What is
 * sent while there is no connection is never sent later: by then the relay has moved on.
 * Its states are the region `connection` of states.js; clock, timers, chance and the
 * WebSocket come in. Engine.IO protocol 4, Socket.IO protocol 5.
 */
import { after } from "./states.js";

/** @typedef {import("./transport.js").Reply} Reply */
/** @typedef {import("./transport.js").Socket} Socket */
/**
 * What a browser's WebSocket has.
 * @typedef {Pick<WebSocket, "close" | "send" | "onclose" | "onmessage" | "onopen">}
 *   WebSocketLike
 */
/**
 * @typedef {{
 *   open(address: string): WebSocketLike,
 *   now(): number,
 *   later: import("./transport.js").Later,
 *   random(): number,
 * }} Ports
 */
/** @typedef {{answer(reply: Reply): void, fail(): void}} Call */

const PATH = "/socket.io/?EIO=4&transport=websocket";
const [PING, PONG] = ["2", "3"];
const [CONNECT, EVENT, ACK] = ["40", "42", "43"];
/** Number and content of a packet of our namespace. */
const PACKET = /^(4[0-4])\/bridge,(\d*)(.*)$/s;
const OPENING_MS = 5_000;
/** Until the relay says otherwise: it asks after 25 s and waits 20 s for an answer. */
const SILENCE_MS = 45_000;
const [SHORTEST_MS, LONGEST_MS] = [250, 2_000];

/**
 * One WebSocket after the other.
 * @implements {Socket}
 */
export class SocketIoClient {
  /** @type {import("./states.js").State} */ #state = { connection: "closed" };
  /** @type {string} */ #address;
  /** @type {Ports} */ #ports;
  /** @type {Map<string, (body: any) => void>} */ #handlers = new Map();
  /** @type {() => object} */ #introduction = () => ({});
  /** @type {WebSocketLike | null} */ #webSocket = null;
  /** What is not answered yet, by its number. @type {Map<string, Call>} */
  #calls = new Map();
  #callCount = 0;
  /** How many did not open in a row. */ #failures = 0;
  #receivedAt = 0;
  #silence = SILENCE_MS;
  #stopTimer = () => {};

  /**
   * @param {string} server like "http://127.0.0.1:8000"
   * @param {Ports} ports
   */
  constructor(server, ports) {
    this.#address = server.replace(/^http/, "ws") + PATH;
    this.#ports = ports;
  }

  /** @param {string} event @param {(body: any) => void} handler */
  on(event, handler) {
    this.#handlers.set(event, handler);
  }

  /** @param {() => object} introduction */
  introduce(introduction) {
    this.#introduction = introduction;
  }

  /** @param {string} event @param {object} body @param {number} milliseconds */
  call(event, body, milliseconds) {
    return /** @type {Promise<Reply>} */ (new Promise((resolve, reject) => {
      const id = String((this.#callCount += 1));
      if (!this.#send(event, body, id)) return reject(new Error("not connected"));
      const end = () => {
        stop();
        this.#calls.delete(id);
      };
      const fail = () => void (end(), reject(new Error("no answer")));
      const stop = this.#ports.later(milliseconds, fail);
      const answer = (/** @type {Reply} */ reply) => void (end(), resolve(reply));
      this.#calls.set(id, { answer, fail });
    }));
  }

  /** @param {string} event @param {object} body */
  send(event, body) {
    this.#send(event, body, "");
  }

  connect() {
    this.#dispatch("connect");
  }

  reconnect() {
    this.#dispatch("reconnect");
  }

  close() {
    this.#dispatch("close");
  }

  get #isConnected() {
    return this.#state.connection === "connected";
  }

  /** @param {string} event */
  #dispatch(event) {
    const { state, effects } = after(this.#state, event);
    if (state.connection !== this.#state.connection) this.#stopTimer();
    this.#state = state;
    for (const effect of effects) this.#effects[effect]();
  }

  /** What each effect of the table does. @type {Record<string, () => void>} */
  #effects = {
    open: () => this.#open(),
    drop: () => {
      this.#webSocket?.close();
      this.#webSocket = null;
      for (const { fail } of [...this.#calls.values()]) fail();
    },
    emitConnect: () => {
      this.#failures = 0;
      this.#watch();
      this.#emit(["connect"]);
    },
    emitDisconnect: () => this.#emit(["disconnect"]),
    reopenLater: () => {
      const pause = Math.min(SHORTEST_MS * 2 ** this.#failures, LONGEST_MS);
      this.#failures += 1;
      // Not all devices at once, when a relay has just come back.
      this.#after(pause * (0.5 + this.#ports.random()), "due");
    },
  };

  /** Let `event` happen after a while, unless the state has changed by then.
   * @param {number} milliseconds @param {string} event */
  #after(milliseconds, event) {
    this.#stopTimer();
    this.#stopTimer = this.#ports.later(milliseconds, () => this.#dispatch(event));
  }

  #open() {
    const webSocket = this.#ports.open(this.#address);
    this.#webSocket = webSocket;
    this.#silence = SILENCE_MS;
    this.#receivedAt = this.#ports.now();
    const whileCurrent = (/** @type {() => void} */ action) =>
      this.#webSocket === webSocket && action();
    webSocket.onopen = () => whileCurrent(() => {
      webSocket.send(`${CONNECT}/bridge,${JSON.stringify(this.#introduction())}`);
    });
    webSocket.onmessage = ({ data }) =>
      whileCurrent(() => this.#receive(String(data)));
    webSocket.onclose = () => whileCurrent(() => this.#dispatch("lost"));
    this.#after(OPENING_MS, "lost");
  }

  /** @param {string} text */
  #receive(text) {
    this.#receivedAt = this.#ports.now();
    if (this.#isConnected) this.#watch();
    if (text === PING) return this.#webSocket?.send(PONG);
    if (text.startsWith("0")) {
      const { pingInterval, pingTimeout } = JSON.parse(text.slice(1));
      this.#silence = pingInterval + pingTimeout;
    }
    const [, type, id, content] = PACKET.exec(text) ?? [];
    if (type === CONNECT) this.#dispatch("accepted");
    else if (type === EVENT && this.#isConnected) this.#emit(JSON.parse(content));
    else if (type === ACK) this.#calls.get(id)?.answer(JSON.parse(content)[0]);
    else if (type !== undefined) this.#dispatch("lost"); // it does not let us in
  }

  /** Hang up when nothing at all comes for too long. */
  #watch() {
    this.#after(this.#silence, "lost");
  }

  /** @param {[event: string, body?: any]} packet */
  #emit([event, body]) {
    this.#handlers.get(event)?.(body);
  }

  /** Send it now or never. @param {string} event @param {object} body
   * @param {string} id */
  #send(event, body, id) {
    // A page that slept has timers that are late.
    const isLate = this.#ports.now() - this.#receivedAt > this.#silence;
    if (this.#isConnected && isLate) this.#dispatch("lost");
    if (!this.#isConnected) return false;
    this.#webSocket?.send(`${EVENT}/bridge,${id}${JSON.stringify([event, body])}`);
    return true;
  }
}
