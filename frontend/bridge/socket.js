/**
 * A socket to the relay: the few Socket.IO packets that mobile_bridge/server/socketio_codec.py speaks.
 *
 * Comes back by itself until it is closed, and says anew whose it is each time. What is
 * said while there is no line is never said later: by then the relay has moved on.
 * Clock, timers, chance and the WebSocket come in. Engine.IO protocol 4, Socket.IO
 * protocol 5.
 */

/** @typedef {import("./doors.js").Line} Line */
/** @typedef {import("./doors.js").Reply} Reply */
/**
 * What a browser's WebSocket has.
 * @typedef {Pick<WebSocket, "close" | "send" | "onclose" | "onmessage" | "onopen">} Wire
 */
/**
 * @typedef {{
 *   open(address: string): Wire,
 *   now(): number,
 *   later: import("./doors.js").Later,
 *   chance(): number,
 * }} Ports
 */
/** @typedef {{answer(reply: Reply): void, refuse(): void}} Question */

const PATH = "/socket.io/?EIO=4&transport=websocket";
const [PING, PONG] = ["2", "3"];
const [CONNECT, EVENT, ANSWER] = ["40", "42", "43"];
/** Number and content of a packet of our namespace. */
const PACKET = /^(4[0-4])\/bridge,(\d*)(.*)$/s;
const OPENING_MS = 5_000;
/** Until the relay says otherwise: it asks after 25 s and waits 20 s for an answer. */
const SILENCE_MS = 45_000;
const [SHORTEST_MS, LONGEST_MS] = [250, 2_000];

/** One line, over one WebSocket after the other. @implements {Line} */
export class Socket {
  /** @type {string} */ #address;
  /** @type {Ports} */ #ports;
  /** @type {Map<string, (body: any) => void>} */ #handlers = new Map();
  /** @type {() => object} */ #introduction = () => ({});
  /** @type {Wire | null} */ #wire = null;
  /** @type {Map<string, Question>} */ #questions = new Map();
  #asked = 0;
  #isConnected = false;
  #isWanted = false;
  #failures = 0;
  #heardAt = 0;
  #silence = SILENCE_MS;
  #stopWaiting = () => {};

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
      const id = String((this.#asked += 1));
      if (!this.#say(event, body, id)) return reject(new Error("no line"));
      const refuse = () => this.#questions.delete(id) && reject(new Error("no answer"));
      const stop = this.#ports.later(milliseconds, refuse);
      const answer = (/** @type {Reply} */ reply) => {
        stop();
        this.#questions.delete(id);
        resolve(reply);
      };
      this.#questions.set(id, { answer, refuse: () => void (stop(), refuse()) });
    }));
  }

  /** @param {string} event @param {object} body */
  tell(event, body) {
    this.#say(event, body, "");
  }

  connect() {
    this.#isWanted = true;
    if (this.#wire === null) this.#open();
  }

  reconnect() {
    this.#isWanted = true;
    this.#drop();
    this.#open();
  }

  close() {
    this.#isWanted = false;
    this.#drop();
  }

  #open() {
    this.#stopWaiting();
    const wire = this.#ports.open(this.#address);
    this.#wire = wire;
    this.#silence = SILENCE_MS;
    this.#heardAt = this.#ports.now();
    const mine = (/** @type {() => void} */ action) => this.#wire === wire && action();
    wire.onopen = () => mine(() => {
      wire.send(`${CONNECT}/bridge,${JSON.stringify(this.#introduction())}`);
    });
    wire.onmessage = ({ data }) => mine(() => this.#take(String(data)));
    wire.onclose = () => mine(() => this.#lose());
    this.#stopWaiting = this.#ports.later(OPENING_MS, () => mine(() => this.#lose()));
  }

  /** @param {string} text */
  #take(text) {
    this.#heardAt = this.#ports.now();
    if (this.#isConnected) this.#watch();
    if (text === PING) return this.#wire?.send(PONG);
    if (text.startsWith("0")) {
      const { pingInterval, pingTimeout } = JSON.parse(text.slice(1));
      this.#silence = pingInterval + pingTimeout;
    }
    const [, kind, id, content] = PACKET.exec(text) ?? [];
    if (kind === CONNECT) this.#connected();
    else if (kind === EVENT && this.#isConnected) this.#hear(JSON.parse(content));
    else if (kind === ANSWER) this.#questions.get(id)?.answer(JSON.parse(content)[0]);
    else if (kind !== undefined) this.#lose(); // it does not let us in, or any longer
  }

  #connected() {
    this.#isConnected = true;
    this.#failures = 0;
    this.#watch();
    this.#hear(["connect"]);
  }

  /** Hang up when nothing at all comes for too long. */
  #watch() {
    this.#stopWaiting();
    this.#stopWaiting = this.#ports.later(this.#silence, () => this.#lose());
  }

  /** @param {[event: string, body?: any]} said */
  #hear([event, body]) {
    this.#handlers.get(event)?.(body);
  }

  /** Say it now or never. @param {string} event @param {object} body @param {string} id */
  #say(event, body, id) {
    // A page that slept has timers that are late.
    const isLate = this.#ports.now() - this.#heardAt > this.#silence;
    if (this.#isConnected && isLate) this.#lose();
    if (!this.#isConnected) return false;
    this.#wire?.send(`${EVENT}/bridge,${id}${JSON.stringify([event, body])}`);
    return true;
  }

  /** This connection is over; the next one is opened after a while. */
  #lose() {
    this.#drop();
    if (!this.#isWanted || this.#wire !== null) return;
    const wait = Math.min(SHORTEST_MS * 2 ** this.#failures, LONGEST_MS);
    this.#failures += 1;
    // Not all devices at once, when a relay has just come back.
    const spread = wait * (0.5 + this.#ports.chance());
    this.#stopWaiting = this.#ports.later(spread, () => this.#open());
  }

  #drop() {
    this.#stopWaiting();
    const wire = this.#wire;
    const wasConnected = this.#isConnected;
    this.#wire = null;
    this.#isConnected = false;
    wire?.close();
    for (const { refuse } of [...this.#questions.values()]) refuse();
    if (wasConnected) this.#hear(["disconnect"]);
  }
}
