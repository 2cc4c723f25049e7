/**
 * The two ways to the relay: a POST for each request, or a WebSocket that is attached.
 *
 * Does what the table of states.js says, and holds its state. The socket is used while
 * the relay delivers to it, POST otherwise. Knows no pairing: what is asked comes in. An
 * answer that says "not just now" is no answer.
 */
import { base64url } from "../../lib/bytes.js";
import { after, INITIAL } from "./states.js";

/** @typedef {import("./relay_client.js").Reason} Reason */
/** @typedef {import("./sequence.js").Frame} Frame */
/** @typedef {{ok: boolean, code?: string} & Record<string, any>} Reply */
/** @typedef {Record<string, unknown>} Body */
/**
 * A socket: `call` resolves with the relay's answer and rejects when none came in time
 * or the connection is lost; `send` asks for none, and what it says may get lost.
 * `introduction` is asked anew for each connection, for what to say as it opens.
 * @typedef {{
 *   on(event: string, handler: (body: any) => void): void,
 *   introduce(introduction: () => object): void,
 *   call(event: string, body: object, milliseconds: number): Promise<Reply>,
 *   send(event: string, body: object): void,
 *   connect(): void, reconnect(): void, close(): void,
 * }} Socket
 */
/**
 * One request by POST; rejects when no answer came in time.
 * @typedef {(event: string, body: object,
 *   options: {milliseconds: number, keepalive?: boolean, signal?: AbortSignal}
 * ) => Promise<Reply>} HttpPost
 */
/** @typedef {(milliseconds: number, action: () => void) => () => void} Later */
/** What came with an event: messages to begin with, or why it ended.
 * @typedef {{frames?: Frame[], reason?: Reason}} Details
 */
/** `wait`: how many seconds the relay may hold the answer back.
 * @typedef {{event: string, body: Body, wait?: number}} Request
 */
/**
 * `resumeRequest` returns what `resume` says, or null while there is nothing to resume;
 * `nextRequest` what to ask now, or null; `sent` is told what went without an answer,
 * `replied` what was answered, `news` how the pairing stands, `refused` what `resume`
 * or a message that went without an answer got instead. `begin`, `ended` and `line` are
 * what the table tells: a session began, or ended; the way is lost, or back.
 * @typedef {{
 *   resumeRequest(): Body | null,
 *   nextRequest(): Request | null,
 *   sent(request: Request): void,
 *   replied(request: Request, reply: Reply): void,
 *   news(reply: Reply): void,
 *   refused(event: "resume" | "frame", reply: Reply): void,
 *   begin(frames: Frame[]): void,
 *   ended(reason: Reason): void,
 *   close(): void,
 *   line(isUp: boolean): void,
 * }} TransportListener
 */

export const REPLY_MS = 5_000;
const PING_MS = 2_000;
export const RETRY_MS = [500, 1_000, 2_000];
/** How long the socket may take before news are fetched by POST. */
const SOCKET_MS = 3_000;
/** A relay that holds no more answers back is not asked without end. */
const POLL_MS = 1_000;
/** Refusals that are over soon. */
const BUSY = new Set(["unavailable", "too_many"]);
/** @type {Reply} */
const INTERRUPTED = { ok: false, code: "interrupted" };

/** One device's way to the relay. */
export class Transport {
  #state = INITIAL;
  /** @type {Socket} */ #socket;
  /** @type {HttpPost} */ #post;
  /** @type {Later} */ #later;
  /** @type {TransportListener} */ #listener;
  /** How often in a row a POST had no answer. */ #failures = 0;
  /** What stops the timer of a region. @type {Map<string, () => void>} */
  #timers = new Map();
  #interrupt = () => {};

  /**
   * @param {{socket: Socket, post: HttpPost, later: Later}} ports
   * @param {TransportListener} listener
   */
  constructor({ socket, post, later }, listener) {
    this.#socket = socket;
    this.#post = post;
    this.#later = later;
    this.#listener = listener;
    socket.introduce(() => this.#introduction());
    socket.on("connect", () => this.dispatch("connect"));
    socket.on("disconnect", () => this.dispatch("disconnect"));
    socket.on("news", (reply) => this.#resumed(reply));
    socket.on("refused", (refusal) => this.#refused(refusal));
  }

  /** Where it is, by region. */
  get state() {
    return this.#state;
  }

  /** Whether the relay delivers to the socket. */
  get isAttached() {
    return ["attached", "pinging"].includes(this.#state.socket);
  }

  /** Whether messages go: begun, and not over. */
  get isRunning() {
    return ["running", "ending"].includes(this.#state.session);
  }

  /**
   * Let `event` happen.
   * @param {string} event
   * @param {Details} [details]
   * @throws {import("./states.js").TransitionError}
   */
  dispatch(event, details = {}) {
    const before = this.#state;
    const { state, effects } = after(before, event);
    this.#state = state;
    for (const region of Object.keys(state))
      if (state[region] !== before[region]) this.#timers.get(region)?.();
    for (const effect of effects) this.#effects[effect](details);
  }

  /**
   * Send by the socket what is answered only when it is refused.
   * @param {string} event
   * @param {Body} body
   */
  sendUnacked(event, body) {
    this.#socket.send(event, inText(body));
  }

  /** What each effect of the table does.
   * @type {Record<string, (details: Details) => void>} */
  #effects = {
    begin: ({ frames = [] }) => this.#listener.begin(frames),
    notifyEnded: ({ reason = "lost" }) => this.#listener.ended(reason),
    notifyUp: () => this.#listener.line(true),
    notifyDown: () => this.#listener.line(false),
    connectSocket: () => this.#socket.connect(),
    reconnect: () => this.#socket.reconnect(),
    closeSocket: () => {
      this.#listener.close();
      this.#socket.close();
    },
    resume: () => {
      if (this.#listener.resumeRequest() !== null) this.dispatch("attach");
    },
    sendResume: () => void this.#attach(REPLY_MS),
    sendPing: () => void this.#attach(PING_MS),
    sendIntroduction: () => {
      const body = this.#listener.resumeRequest();
      if (body !== null) this.sendUnacked("resume", body);
    },
    next: () => this.#next(),
    interrupt: () => this.#interrupt(),
    expectNews: () => this.#after("socket", REPLY_MS, "timeout"),
    backOff: () => this.#after("socket", RETRY_MS[1], "timeout"),
    awaitSocket: () => this.#after("poll", SOCKET_MS, "due"),
    awaitNews: () => this.#after("poll", POLL_MS, "due"),
    retryLater: () => {
      const pause = RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)];
      this.#failures += 1;
      this.#after("request", pause, "retry");
    },
  };

  /** Let `event` happen after a while, unless the region has moved on by then.
   * @param {string} region @param {number} milliseconds @param {string} event */
  #after(region, milliseconds, event) {
    this.#timers.get(region)?.();
    this.#timers.set(region, this.#later(milliseconds, () => this.dispatch(event)));
  }

  /** What the socket says as it opens. */
  #introduction() {
    const body = this.#listener.resumeRequest();
    if (body !== null) this.dispatch("introduce");
    return inText(body ?? {});
  }

  /** Have the relay deliver to the socket. @param {number} milliseconds */
  async #attach(milliseconds) {
    const body = this.#listener.resumeRequest();
    if (body === null) return;
    const asked = this.#socket.call("resume", inText(body), milliseconds);
    this.#resumed(await asked.catch(() => null));
  }

  /** Take in what `resume` led to. @param {Reply | null} reply */
  #resumed(reply) {
    if (reply === null) return this.dispatch("silence");
    if (BUSY.has(reply.code ?? "")) return this.dispatch("busy");
    if (!reply.ok) return this.#listener.refused("resume", reply);
    this.dispatch("accept");
    if (!this.isAttached) return; // by now it is another connection, or none
    this.#failures = 0;
    this.dispatch("reached");
    this.#listener.news(reply);
    this.dispatch("flush");
  }

  /** What was sent without an answer was not taken.
   * @param {Reply & {event: string}} refusal */
  #refused({ event, ...reply }) {
    // A receipt is sent again by whatever comes next.
    if (event !== "frame" || !this.isAttached) return;
    if (BUSY.has(reply.code ?? "")) this.dispatch("busy");
    else this.#listener.refused("frame", reply);
  }

  /** Ask what there is to ask; by socket a message needs no answer. */
  #next() {
    while (this.#state.request === "asking") {
      const request = this.#listener.nextRequest();
      if (request === null) return this.dispatch("nothing");
      if (request.event !== "frame" || !this.isAttached) return void this.#ask(request);
      this.sendUnacked(request.event, request.body);
      this.#listener.sent(request);
    }
  }

  /** @param {Request} request */
  async #ask(request) {
    const { event, body, wait = 0 } = request;
    const isBySocket = this.isAttached;
    const asked = isBySocket
      ? this.#socket.call(event, inText(body), REPLY_MS)
      : this.#interruptible(event, wait > 0 ? { ...body, wait } : body, wait);
    const reply = await asked.catch(() => null);
    if (this.#state.request === "stopped") return;
    const isBusy = BUSY.has(reply?.code ?? "");
    if (reply === INTERRUPTED) this.dispatch("interrupted");
    else if (reply !== null && !isBusy) {
      this.#failures = 0;
      this.dispatch("reached");
      this.#listener.replied(request, reply);
      this.dispatch("answered");
    } else if (isBySocket) {
      this.dispatch(isBusy ? "busy" : "silence");
      this.dispatch("interrupted");
    } else this.dispatch("unanswered");
  }

  /** @param {string} event @param {Body} body @param {number} wait in seconds */
  #interruptible(event, body, wait) {
    const controller = new AbortController();
    /** @type {Promise<Reply>} */
    const interrupted = new Promise((answer) => {
      this.#interrupt = () => {
        controller.abort();
        answer(INTERRUPTED);
      };
    });
    const milliseconds = REPLY_MS + wait * 1000;
    const options =
      { milliseconds, keepalive: event === "end", signal: controller.signal };
    return Promise.race([this.#post(event, inText(body), options), interrupted]);
  }
}

/** Return `body` as it travels: bytes as base64url text. @param {Body} body */
export function inText(body) {
  return Object.fromEntries(Object.entries(body).map(([name, value]) =>
    [name, value instanceof Uint8Array ? base64url(value) : value]));
}
