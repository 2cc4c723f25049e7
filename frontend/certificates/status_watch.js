/**
 * Asking the centre whether certificates count now.
 *
 * One question for all certificates of a page, without cookie or name. It is asked again
 * when the page comes to the front, when the network is back, and a while after nobody
 * answered. What was said to be revoked stays so: that is final.
 */
import { now } from "../lib/clock.js";
import { get } from "../lib/http.js";
import { isClockWrong, judge } from "./validity.js";

/** @typedef {import("./validity.js").CertificateStatus} CertificateStatus */
/** @typedef {import("./validity.js").Dates} Dates */
/** @typedef {import("./validity.js").Validity} Validity */

/**
 * Which certificate is meant: by its SHA-256 where it is here, by its issuer's name where
 * it is only announced.
 * @typedef {{serial: string, sha256?: string, issuerName?: string}} CertificateId
 */

/**
 * @typedef {object} Ports
 * @property {typeof get} get
 * @property {() => number} now milliseconds, of this device
 * @property {(work: () => void, milliseconds: number) => unknown} later
 * @property {EventTarget} page hears "online", "offline" and "pageshow"
 * @property {EventTarget & {visibilityState?: string}} document hears
 *   "visibilitychange"
 */

/** Nobody waits for longer: then it counts as not answered. */
const PATIENCE_MS = 4_000;
/** After no answer. */
const AGAIN_MS = 15_000;
/** As many as the centre takes in one question. */
const MOST = 30;

/** What the centre said last, for a set of certificates; made once a page. */
export class StatusWatch {
  /** @type {Ports} */ #ports;
  /** @type {CertificateId[]} */ #ids = [];
  /** @type {Map<string, CertificateStatus | null>} */ #statuses = new Map();
  /** @type {number | null} */ #offset = null;
  /** @type {(watch: StatusWatch) => void} */ #tell = () => {};
  #turn = 0;

  /** @param {Ports} ports */
  constructor(ports) {
    this.#ports = ports;
    const ask = () => void this.#ask();
    ports.page.addEventListener("online", ask);
    ports.page.addEventListener("offline", ask);
    ports.page.addEventListener("pageshow", (event) => {
      if (/** @type {PageTransitionEvent} */ (event).persisted) ask();
    });
    ports.document.addEventListener("visibilitychange", () => {
      if (ports.document.visibilityState === "visible") ask();
    });
  }

  /**
   * Ask about these from now on.
   * @param {CertificateId[]} ids
   * @param {(watch: StatusWatch) => void} tell is called after every answer, also when
   *   there is none
   * @returns {Promise<void>} settles after the first
   */
  follow(ids, tell) {
    this.#ids = ids;
    this.#tell = tell;
    return this.#ask();
  }

  /** Ask no more, until something is followed again. */
  stop() {
    this.#turn += 1;
    this.#ids = [];
  }

  /** What time it is at the centre, null where it never answered. */
  get centreTime() {
    return this.#offset === null ? null : this.#ports.now() + this.#offset;
  }

  /** Whether the clock of this device is wrong by over a day. */
  get isClockWrong() {
    return isClockWrong(this.centreTime, this.#ports.now());
  }

  /** What time it is, as well as it is known here. */
  get now() {
    return this.centreTime ?? this.#ports.now();
  }

  /**
   * Judge one of the certificates by the last answer.
   * @param {CertificateId} id
   * @param {Dates} dates
   * @returns {Validity}
   */
  validityOf(id, dates) {
    const status = this.#statuses.get(keyOf(id));
    return judge(dates, status, this.centreTime, this.#ports.now());
  }

  async #ask() {
    const turn = (this.#turn += 1);
    const ids = this.#ids;
    if (ids.length === 0) return;
    const answers = await this.#answers(ids);
    if (turn !== this.#turn) return; // asked anew meanwhile
    ids.forEach((id, at) => this.#take(keyOf(id), answers[at] ?? null));
    if (answers.length === 0)
      this.#ports.later(() => void (turn === this.#turn && this.#ask()), AGAIN_MS);
    this.#tell(this);
  }

  /**
   * @param {string} key
   * @param {CertificateStatus | null} answer
   */
  #take(key, answer) {
    const isFinal = this.#statuses.get(key)?.status === "revoked";
    if (answer !== null || !isFinal) this.#statuses.set(key, answer);
  }

  /**
   * @param {CertificateId[]} ids
   * @returns {Promise<CertificateStatus[]>} none where nobody answered
   */
  async #answers(ids) {
    const pieces = [];
    for (let at = 0; at < ids.length; at += MOST) pieces.push(ids.slice(at, at + MOST));
    try {
      return (await Promise.all(pieces.map((piece) => this.#answer(piece)))).flat();
    } catch {
      return [];
    }
  }

  /** @param {CertificateId[]} ids */
  async #answer(ids) {
    const answer = await this.#ports.get(addressOf(ids), {
      patience: PATIENCE_MS,
      credentials: "omit",
    });
    const { now, certificates } = /** @type {any} */ (await answer.json());
    const time = Date.parse(now);
    const isRight =
      Number.isFinite(time) &&
      Array.isArray(certificates) &&
      certificates.length === ids.length;
    if (!isRight) throw new Error("not an answer");
    this.#offset = time - this.#ports.now();
    return /** @type {CertificateStatus[]} */ (certificates);
  }
}

/** Watch for the page that this runs in. @returns {StatusWatch} */
export const watchHere = () =>
  new StatusWatch({
    get,
    now,
    later: (work, milliseconds) => setTimeout(work, milliseconds),
    page: window,
    document,
  });

/**
 * Name a certificate that is kept here.
 * @param {{id: string}} holding
 * @param {{serial: string}} certificate
 * @returns {CertificateId}
 */
export const idOf = ({ id }, { serial }) => ({ serial, sha256: id });

/** @param {CertificateId} id */
const keyOf = ({ serial, sha256, issuerName }) =>
  [serial, sha256 ?? "", issuerName ?? ""].join(".");

/** @param {CertificateId[]} ids */
function addressOf(ids) {
  const query = new URLSearchParams();
  for (const { serial, sha256 } of ids)
    query.append("certificate", sha256 === undefined ? serial : `${serial}.${sha256}`);
  const issuer = ids.find(({ issuerName }) => issuerName !== undefined)?.issuerName;
  if (issuer !== undefined) query.append("issuer", issuer);
  return `/pki/status?${query}`;
}
