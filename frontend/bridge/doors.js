/**
 * The two ways to the relay: a POST for each question, or a socket with a seat.
 *
 * The socket is used while it has a seat, POST while it has none. It says whose it is
 * as it opens, and has its seat at once. Knows no pairing: what is asked comes in. An
 * answer that says "not just now" is no answer.
 */
import { base64url } from "../lib/bytes.js";

/** @typedef {{ok: boolean, code?: string} & Record<string, any>} Reply */
/**
 * A socket: `call` resolves with the relay's answer and rejects when none came in time;
 * `tell` asks for none, and what it says may get lost. `introduction` is asked anew for
 * each connection, for what to say as it opens.
 * @typedef {{
 *   on(event: string, handler: (body: any) => void): void,
 *   introduce(introduction: () => object): void,
 *   call(event: string, body: object, milliseconds: number): Promise<Reply>,
 *   tell(event: string, body: object): void,
 *   connect(): void, reconnect(): void, close(): void,
 * }} Line
 */
/**
 * One question by POST; rejects when no answer came in time.
 * @typedef {(event: string, body: object,
 *   how: {milliseconds: number, keepalive?: boolean, signal?: AbortSignal}
 * ) => Promise<Reply>} Posts
 */
/** @typedef {(milliseconds: number, action: () => void) => () => void} Later */
/** @typedef {Record<string, unknown>} Body */
/**
 * `standing` returns what `resume` takes, or null while there is nothing to resume;
 * `line` hears when the way is lost, and when it is back; `seated` hears the answer of
 * `resume`; `refused` that a message was told and not taken.
 * @typedef {{standing(): Body | null, line(up: boolean): void,
 *   seated(reply: Reply): void, refused(reply: Reply): void}} Hearer
 */
/**
 * @typedef {{event: string, body: Body, milliseconds?: number, wait?: number,
 *   temporary?: Set<string>}} Question
 */

const ANSWER_MS = 5_000;
const SEAT_MS = 5_000;
const PING_MS = 2_000;
const RETRY_MS = [500, 1_000, 2_000];
/** Refusals that are over soon. */
export const BUSY = new Set(["unavailable", "too_many"]);

/** Asks by whichever way is open. */
export class Doors {
  /** @type {Line} */ #line;
  /** @type {Posts} */ #posts;
  /** @type {Later} */ #later;
  /** @type {Hearer} */ #hearer;
  #connected = false;
  /** Which connection it is: an answer to an earlier one says nothing of this one. */
  #connection = 0;
  /** The socket said whose it is as it opened. */ #introduced = false;
  #seated = false;
  #seating = false;
  #up = true;
  #failures = 0;
  #stopAsking = () => {};
  #stopWaiting = () => {};
  #stopExpecting = () => {};

  /**
   * @param {{line: Line, posts: Posts, later: Later}} ports
   * @param {Hearer} hearer
   */
  constructor({ line, posts, later }, hearer) {
    this.#line = line;
    this.#posts = posts;
    this.#later = later;
    this.#hearer = hearer;
    line.introduce(() => this.#introduce());
    line.on("connect", () => this.#opened());
    line.on("disconnect", () => this.#gone());
    line.on("news", (reply) => this.#sit(reply));
    line.on("refused", (refusal) => this.#refused(refusal));
  }

  /** Whether the relay delivers to the socket. */
  get isSeated() {
    return this.#seated;
  }

  /**
   * Ask one question. Without an answer time passes, so that it can be asked again.
   * @param {Question} question
   * @returns {Promise<Reply | null>} null when there was no answer, or `interrupt` came
   */
  async ask({ event, body, milliseconds = ANSWER_MS, wait = 0, temporary = BUSY }) {
    const bySocket = this.#seated;
    const connection = this.#connection;
    const patience = milliseconds + wait * 1000;
    const asked = bySocket
      ? this.#line.call(event, inText(body), milliseconds)
      : this.#post(event, wait > 0 ? { ...body, wait } : body, patience);
    const reply = await asked.catch(() => null);
    if (reply === INTERRUPTED) return null;
    if (reply !== null && !temporary.has(reply.code ?? "")) {
      this.#found();
      return reply;
    }
    if (!bySocket) await this.#fail();
    else if (connection === this.#connection) this.#drop(reply);
    return null;
  }

  /** Bring the socket to its seat, as soon as there is something to resume. */
  open() {
    if (this.#connected) void this.#seat(SEAT_MS);
    else this.#line.connect();
  }

  /** Have the socket prove that it still lives, and hear how the pairing stands. */
  prove() {
    void this.#seat(PING_MS);
  }

  /**
   * Say by the socket what is answered only when it is refused.
   * @param {string} event
   * @param {Body} body
   */
  tell(event, body) {
    this.#line.tell(event, inText(body));
  }

  /** Stop waiting, for an answer that is held back or for the next try. */
  interrupt() {
    this.#stopAsking();
    this.#stopWaiting();
  }

  close() {
    this.#seated = false;
    this.#stopExpecting();
    this.interrupt();
    this.#line.close();
  }

  /** What the socket says as it opens. */
  #introduce() {
    const standing = this.#hearer.standing();
    this.#introduced = standing !== null;
    return inText(standing ?? {});
  }

  #opened() {
    this.#connected = true;
    this.#connection += 1;
    if (!this.#introduced) return void this.#seat(SEAT_MS);
    // The answer to what it said as it opened is the relay's next word.
    this.#stopExpecting = this.#later(SEAT_MS, () => void this.#seat(SEAT_MS));
  }

  #gone() {
    this.#connected = this.#seating = false;
    this.#connection += 1;
    this.#stopExpecting();
    if (this.#seated) this.#lose();
  }

  /** Take a seat with the socket by `resume`. @param {number} milliseconds */
  async #seat(milliseconds) {
    const standing = this.#hearer.standing();
    if (standing === null || this.#seating) return;
    this.#seating = true;
    const connection = this.#connection;
    const asked = this.#line.call("resume", inText(standing), milliseconds);
    const reply = await asked.catch(() => null);
    if (connection !== this.#connection) return;
    this.#seating = false;
    this.#sit(reply);
  }

  /** Take in what `resume` led to. @param {Reply | null} reply */
  #sit(reply) {
    this.#stopExpecting();
    if (reply === null || BUSY.has(reply.code ?? "")) return this.#drop(reply);
    this.#seated = reply.ok;
    if (reply.ok) this.#found();
    this.#hearer.seated(reply);
  }

  /** What was told was not taken. @param {Reply & {event: string}} refusal */
  #refused({ event, ...reply }) {
    // A word of receipt is said again by whatever comes next.
    if (event !== "frame" || !this.#seated) return;
    if (BUSY.has(reply.code ?? "")) this.#drop(reply);
    else this.#hearer.refused(reply);
  }

  /** @param {string} event @param {Body} body @param {number} milliseconds */
  #post(event, body, milliseconds) {
    const controller = new AbortController();
    /** @type {Promise<Reply>} */
    const interrupted = new Promise((answer) => {
      this.#stopAsking = () => {
        controller.abort();
        answer(INTERRUPTED);
      };
    });
    const how = { milliseconds, keepalive: event === "end", signal: controller.signal };
    return Promise.race([this.#posts(event, inText(body), how), interrupted]);
  }

  /** The socket does not answer, or the relay behind it cannot.
   * @param {Reply | null} reply */
  #drop(reply) {
    if (this.#seated) this.#lose();
    if (reply === null) return this.#line.reconnect();
    const connection = this.#connection;
    this.#later(RETRY_MS[1], () => {
      if (connection === this.#connection) this.#line.reconnect();
    });
  }

  #lose() {
    this.#seated = false;
    this.#change(false);
  }

  /** @returns {Promise<void>} when it is time for the next try */
  #fail() {
    const wait = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
    this.#failures += 1;
    this.#change(false);
    return new Promise((done) => {
      const stop = this.#later(wait, done);
      this.#stopWaiting = () => {
        stop();
        done();
      };
    });
  }

  #found() {
    this.#failures = 0;
    this.#change(true);
  }

  /** @param {boolean} up */
  #change(up) {
    if (this.#up === up) return;
    this.#up = up;
    this.#hearer.line(up);
  }
}

/** @type {Reply} */
const INTERRUPTED = { ok: false, code: "interrupted" };

/** Return `body` as it travels: bytes as base64url text. @param {Body} body */
function inText(body) {
  return Object.fromEntries(Object.entries(body).map(([name, value]) =>
    [name, value instanceof Uint8Array ? base64url(value) : value]));
}
