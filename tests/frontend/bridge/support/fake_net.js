/** One device's network: a socket and POST, both of which can break at any moment. */

/** @typedef {import("./fake_relay.js").FakeRelay} FakeRelay */
/** @typedef {import("../../../../frontend/bridge/transport/transport.js").Reply} Reply */
/**
 * "said" is what a device wants no answer to, "told" what the relay says by itself.
 * @typedef {"asked" | "answered" | "said" | "told"} Crossing
 */

/** What lies between one device and the relay. */
export class FakeNet {
  up = true;
  /** Only POST comes through. */ noSocket = false;
  /** Only the socket comes through. */ noPost = false;
  /** Answers that must not come back. @type {Set<string>} */ deafTo = new Set();
  /**
   * Decides for each crossing whether it gets through.
   * @type {(what: Crossing, event: string) => boolean}
   */
  passes = () => true;
  /** Every POST, by its event. @type {string[]} */ posted = [];
  /** What came by socket: "connect", or "connect resume", or an event.
   * @type {string[]} */
  emitted = [];

  /** @param {FakeRelay} relay */
  constructor(relay) {
    this.relay = relay;
    this.line = new FakeLine(this);
  }

  /** @type {import("../../../../frontend/bridge/transport/transport.js").HttpPost} */
  posts = (event, body, { milliseconds, signal }) => {
    this.posted.push(event);
    const asked = this.noPost
      ? Promise.reject(new Error("blocked"))
      : this.cross(event, () => this.relay.post(event, travelled(body)), milliseconds);
    const aborted = new Promise((_, fail) =>
      signal?.addEventListener("abort", () => fail(new Error("aborted"))));
    return Promise.race([asked, /** @type {Promise<never>} */ (aborted)]);
  };

  /** Lose the network. */
  cut() {
    this.up = false;
    this.line.drop();
  }

  /** Have it again; the socket comes back by itself. */
  heal() {
    this.up = true;
    this.line.connect();
  }

  /**
   * Let one question and its answer through, if they get through.
   * @param {string} event
   * @param {() => Promise<Record<string, any>>} ask
   * @param {number} milliseconds
   * @returns {Promise<Reply>}
   */
  async cross(event, ask, milliseconds) {
    await Promise.resolve();
    if (!this.up || !this.passes("asked", event)) throw new Error("no network");
    const reply = await ask();
    if (!this.up || !this.passes("answered", event)) throw new Error("no network");
    if (!this.deafTo.has(event)) return /** @type {Reply} */ (travelled(reply));
    return new Promise((_, fail) => {
      this.relay.clock.later(milliseconds, () => fail(new Error("no answer")));
    });
  }
}

/** One socket. */
export class FakeLine {
  /** @type {Map<string, ((body: any) => void)[]>} */ #handlers = new Map();
  #introduction = () => ({});
  /** @type {(() => void)[]} */ #failCalls = [];
  #wanted = false;
  #opening = false;
  up = false;

  /** @param {FakeNet} net */
  constructor(net) {
    this.net = net;
  }

  /** @param {string} event @param {(body: any) => void} handler */
  on(event, handler) {
    this.#handlers.set(event, [...(this.#handlers.get(event) ?? []), handler]);
  }

  /** @param {() => object} introduction */
  introduce(introduction) {
    this.#introduction = introduction;
  }

  /** @param {string} event @param {any} body @param {number} milliseconds */
  async call(event, body, milliseconds) {
    if (!this.up) throw new Error("no line");
    this.net.emitted.push(event);
    const ask = async () => this.net.relay.answer(event, travelled(body), this);
    const lost = new Promise((_, fail) => {
      this.#failCalls.push(() => fail(new Error("the connection is lost")));
    });
    return /** @type {Promise<Reply>} */ (
      Promise.race([this.net.cross(event, ask, milliseconds), lost]));
  }

  /** @param {string} event @param {any} body */
  send(event, body) {
    if (!this.up) return;
    this.net.emitted.push(event);
    void this.#say(event, travelled(body));
  }

  connect() {
    this.#wanted = true;
    if (this.up || this.#opening || !this.net.up || this.net.noSocket) return;
    this.#opening = true;
    setImmediate(() => void this.#open());
  }

  reconnect() {
    this.drop();
    this.connect();
  }

  close() {
    this.#wanted = false;
    this.drop();
  }

  get isClosed() {
    return !this.#wanted;
  }

  /** Break; nobody asked for it. */
  drop() {
    if (!this.up) return;
    this.up = false;
    for (const fail of this.#failCalls.splice(0)) fail();
    this.#tell("disconnect", "transport close");
  }

  /** @param {string} event @param {any} body */
  deliver(event, body) {
    if (!this.up) return;
    const sent = travelled(body);
    setImmediate(() => {
      if (this.up && this.net.passes("told", event)) this.#tell(event, sent);
    });
  }

  /** Open the namespace, and say what there is to say with it. */
  async #open() {
    if (this.net.up && this.#wanted) {
      const about = travelled(this.#introduction());
      const isSeated = "sid" in about;
      this.net.emitted.push(isSeated ? "connect resume" : "connect");
      const ask = async () =>
        isSeated ? this.net.relay.answer("resume", about, this) : {};
      const news = await this.net.cross("connect", ask, 5000).catch(() => null);
      if (news !== null && this.#wanted) {
        this.up = true;
        this.#tell("connect", undefined);
        if (isSeated && !this.net.deafTo.has("resume")) this.deliver("news", news);
      }
    }
    this.#opening = false;
  }

  /** @param {string} event @param {any} body */
  async #say(event, body) {
    await Promise.resolve();
    if (!this.up || !this.net.passes("said", event)) return;
    const reply = this.net.relay.answer(event, body, this);
    if (!reply.ok) this.deliver("refused", { event, ...reply });
  }

  /** @param {string} event @param {any} body */
  #tell(event, body) {
    for (const handler of this.#handlers.get(event) ?? []) handler(body);
  }
}

/** What is left of a value on the wire: JSON and nothing else. @param {any} value */
function travelled(value) {
  const text = JSON.stringify(value, (_, member) => {
    if (member instanceof Uint8Array) throw new Error("bytes on the wire");
    return member;
  });
  return JSON.parse(text);
}
