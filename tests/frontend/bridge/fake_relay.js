/** Time and the relay, in memory: what mobile_bridge does, without a network. */
import { randomBytes } from "../../../frontend/pki/random.js";

/** How many calls into WebCrypto are under way. */
let busy = 0;
for (const name of /** @type {const} */ ([
  "digest", "sign", "importKey", "encrypt", "decrypt", "deriveBits",
])) {
  const original = /** @type {any} */ (crypto.subtle[name]).bind(crypto.subtle);
  Object.defineProperty(crypto.subtle, name, {
    value: (/** @type {any[]} */ ...all) => {
      busy += 1;
      return original(...all).finally(() => { busy -= 1; });
    },
  });
}

/** Let everything that can happen without the clock happen, however slow it is. */
export async function settle() {
  for (let quiet = 0; quiet < 12; quiet += busy === 0 ? 1 : -quiet) {
    await new Promise((done) => setTimeout(done, 0));
  }
}

/** Time that stands still until a test moves it. */
export class Clock {
  #now = 0;
  /** @type {{at: number, action: () => void}[]} */ #timers = [];
  now = () => this.#now;

  /** @type {import("../../../frontend/bridge/relay.js").Later} */
  later = (milliseconds, action) => {
    const timer = { at: this.#now + milliseconds, action };
    this.#timers.push(timer);
    return () => { this.#timers = this.#timers.filter((each) => each !== timer); };
  };

  /** @param {number} milliseconds */
  async pass(milliseconds) {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= end);
      if (due.length === 0) break;
      const first = due.reduce((one, other) => (other.at < one.at ? other : one));
      this.#timers = this.#timers.filter((each) => each !== first);
      this.#now = Math.max(this.#now, first.at);
      first.action();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

/**
 * @typedef {{mode: string, token: Uint8Array, sent: Uint8Array[],
 *   line: FakeLine | null}} Seat
 * @typedef {{shower: Seat, scanner: Seat | null, ended: string | null}} Pairing
 */

/** The relay of mobile_bridge in memory: two seats, counted frames, tokens, one end. */
export class FakeServer {
  /** @type {Map<string, Pairing>} */ pairings = new Map();
  /** Every frame that passed: what a relay could have kept. @type {Uint8Array[]} */
  seen = [];
  /** @type {(frame: Uint8Array, n: number, from: string) => Uint8Array} */
  tamper = (frame) => frame;
  expiresIn = 120;
  clock = new Clock();

  /** @param {FakeLine} line @param {string} event @param {any} body */
  answer(line, event, body) {
    const pairing = this.pairings.get(String(body.sid));
    if (event === "show") return this.#show(line, body);
    if (!pairing) return refusal("not_available");
    if (event === "join") return this.#join(line, pairing);
    if (event === "resume") return this.#resume(line, pairing, body);
    const seat = seats(pairing).find((each) => each.line === line);
    if (!seat) return refusal("not_available");
    if (pairing.ended) return refusal("ended");
    if (event === "frame") return this.#frame(pairing, seat, body);
    if (event === "end") return this.#end(pairing, body.reason);
    other(pairing, seat)?.line?.deliver("got", { n: body.n });
    return { ok: true };
  }

  /** End every pairing, as time or a third device does. @param {string} reason */
  endAll(reason) {
    for (const pairing of this.pairings.values()) this.#end(pairing, reason);
  }

  /** @param {FakeLine} line @param {any} body */
  #show(line, { sid, m1, mode }) {
    if (this.pairings.has(String(sid))) return refusal("not_available");
    const shower = { mode, token: randomBytes(16), sent: [m1], line };
    this.pairings.set(String(sid), { shower, scanner: null, ended: null });
    return { ok: true, token: shower.token, expires_in: this.expiresIn };
  }

  /** @param {FakeLine} line @param {Pairing} pairing */
  #join(line, pairing) {
    if (pairing.ended) return refusal("not_available");
    if (pairing.scanner) {
      this.#end(pairing, "crowded");
      return refusal("not_available");
    }
    pairing.scanner = { mode: "", token: randomBytes(16), sent: [], line };
    const m1 = this.#pass(pairing.shower.sent[0], 1, "shower");
    const peer = { device: "phone", same_network: true };
    pairing.shower.line?.deliver("peer", { ...peer, expires_in: 120 });
    return {
      ok: true, token: pairing.scanner.token, expires_in: 120,
      peer: { device: "computer", same_network: true }, frames: [{ n: 1, data: m1 }],
    };
  }

  /** @param {Pairing} pairing @param {Seat} seat @param {any} body */
  #frame(pairing, seat, { n, data }) {
    if (n <= seat.sent.length) {
      const same = Buffer.from(seat.sent[n - 1]).equals(data);
      return same ? { ok: true } : refusal("out_of_turn");
    }
    const from = seat === pairing.shower ? "shower" : "scanner";
    const turn = spoken(pairing) % 2 === 0 ? "shower" : "scanner";
    if (n !== seat.sent.length + 1 || from !== turn) return refusal("out_of_turn");
    seat.sent.push(data);
    const passed = this.#pass(data, n, from);
    other(pairing, seat)?.line?.deliver("frame", { n, data: passed });
    return { ok: true };
  }

  /** @param {FakeLine} line @param {Pairing} pairing @param {any} body */
  #resume(line, pairing, { token, received }) {
    const seat = seats(pairing).find((each) => Buffer.from(each.token).equals(token));
    if (!seat) return refusal("not_available");
    seat.line = line;
    const { ended } = pairing;
    if (ended && ended !== "done") return { ...refusal("ended"), reason: ended };
    const missed = (other(pairing, seat)?.sent ?? [])
      .map((data, at) => ({ n: at + 1, data })).slice(received);
    const met = pairing.scanner && { device: "phone", same_network: false };
    return {
      ok: true, state: ended ?? "joined", expires_in: 100, frames: missed,
      sent: seat.sent.length, got: 0, peer: met,
    };
  }

  /** @param {Pairing} pairing @param {string} reason */
  #end(pairing, reason) {
    if (pairing.ended) return refusal("ended");
    if (reason === "done" && spoken(pairing) < 8) return refusal("out_of_turn");
    pairing.ended = reason;
    for (const { line } of seats(pairing)) line?.deliver("ended", { reason });
    return { ok: true };
  }

  /** @param {Uint8Array} data @param {number} n @param {string} from */
  #pass(data, n, from) {
    this.seen.push(data);
    return this.tamper(data, n, from);
  }
}

/** One socket. What the relay sends arrives as ArrayBuffer, as in a browser. */
export class FakeLine {
  /** @type {Map<string, (body: any) => void>} */ #handlers = new Map();
  /** Answers that must not come back. @type {Set<string>} */ deafTo = new Set();
  up = false;
  closed = false;

  /** @param {FakeServer} server */
  constructor(server) {
    this.server = server;
  }

  /** @param {string} event @param {(body: any) => void} handler */
  on(event, handler) {
    this.#handlers.set(event, handler);
  }

  /** @param {string} event @param {any} body @param {number} milliseconds */
  async call(event, body, milliseconds) {
    await Promise.resolve();
    const reply = this.up ? this.server.answer(this, event, body) : null;
    if (reply !== null && !this.deafTo.has(event)) return reply;
    return new Promise((_, reject) => {
      this.server.clock.later(milliseconds, () => reject(new Error("no answer")));
    });
  }

  connect() {
    if (this.up || this.closed) return;
    this.up = true;
    this.#tell("connect", undefined);
  }

  reconnect() {
    this.cut();
    this.connect();
  }

  close() {
    this.closed = true;
    this.up = false;
  }

  /** Lose the connection. */
  cut() {
    this.up = false;
    this.#tell("disconnect", "transport close");
  }

  /** @param {string} event @param {any} body */
  deliver(event, body) {
    if (!this.up) return;
    const { data } = body;
    const sent = data ? { ...body, data: Uint8Array.from(data).buffer } : body;
    setTimeout(() => { if (this.up) this.#tell(event, sent); }, 0);
  }

  /** @param {string} event @param {any} body */
  #tell(event, body) {
    this.#handlers.get(event)?.(body);
  }
}

/** @param {string} code */
function refusal(code) {
  return { ok: false, code };
}

/** @param {Pairing} pairing */
function seats({ shower, scanner }) {
  return scanner ? [shower, scanner] : [shower];
}

/** How many frames have passed. @param {Pairing} pairing */
function spoken(pairing) {
  return seats(pairing).reduce((sum, { sent }) => sum + sent.length, 0);
}

/** @param {Pairing} pairing @param {Seat} seat */
function other({ shower, scanner }, seat) {
  return seat === shower ? scanner : shower;
}
