/**
 * Asking the centre whether certificates count now.
 *
 * One question for all certificates of a page that the centre issued, without cookie or
 * name. Of those of other issuers it is not told. It is asked again
 * when the page comes to the front, when the network is back, and a while after nobody
 * answered. What was said to be revoked stays so: that is final.
 */
import { isClockWrong, judge } from "./validity.js";

/** @typedef {import("./validity.js").CertificateStatus} CertificateStatus */
/** @typedef {import("./validity.js").Dates} Dates */
/** @typedef {import("./validity.js").Validity} Validity */

/**
 * Which certificate is meant: by its SHA-256 where it is here, by its issuer's name where
 * it is only announced. `issuerName` also says whether the centre is asked at all.
 * @typedef {{serial: string, sha256?: string, issuerName?: string}} CertificateId
 */

/**
 * @typedef {object} Dependencies
 * @property {typeof import("../lib/http.js").get} get
 * @property {() => number} now milliseconds, of this device
 * @property {(work: () => void, milliseconds: number) => unknown} later
 * @property {string} [ownIssuer] what the certificates of this centre name as their issuer;
 *   without it the centre is asked about all
 * @property {EventTarget} page hears "online", "offline" and "pageshow"
 * @property {EventTarget & {visibilityState?: string}} document hears
 *   "visibilitychange"
 */

/** Nobody waits for longer: then it counts as not answered. */
const TIMEOUT_MS = 4_000;
/** After no answer. */
const RETRY_MS = 15_000;
/** As many as the centre takes in one question. */
const MAX_IDS = 30;

/** What the centre said last, for a set of certificates; made once a page. */
export class StatusWatch {
  /** @type {Dependencies} */ #deps;
  /** @type {CertificateId[]} */ #ids = [];
  /** @type {Map<string, CertificateStatus | null>} */ #statuses = new Map();
  /** @type {number | null} */ #offset = null;
  /** @type {(watch: StatusWatch) => void} */ #onUpdate = () => {};
  #generation = 0;

  /** @param {Dependencies} deps */
  constructor(deps) {
    this.#deps = deps;
    const refresh = () => void this.#refresh();
    deps.page.addEventListener("online", refresh);
    deps.page.addEventListener("offline", refresh);
    deps.page.addEventListener("pageshow", (event) => {
      if (/** @type {PageTransitionEvent} */ (event).persisted) refresh();
    });
    deps.document.addEventListener("visibilitychange", () => {
      if (deps.document.visibilityState === "visible") refresh();
    });
  }

  /**
   * Ask about these from now on.
   * @param {CertificateId[]} ids
   * @param {(watch: StatusWatch) => void} onUpdate is called after every answer, also when
   *   there is none
   * @returns {Promise<void>} settles after the first
   */
  follow(ids, onUpdate) {
    this.#ids = ids.filter((id) => this.#isOwn(id));
    this.#onUpdate = onUpdate;
    const foreign = ids.filter((id) => !this.#isOwn(id));
    for (const id of foreign) this.#statuses.set(cacheKey(id), { status: "not_asked" });
    if (foreign.length > 0) onUpdate(this);
    return this.#refresh();
  }

  /** Ask no more, until something is followed again. */
  stop() {
    this.#generation += 1;
    this.#ids = [];
  }

  /** What time it is at the centre, null where it never answered. */
  get centreTime() {
    return this.#offset === null ? null : this.#deps.now() + this.#offset;
  }

  /** Whether the clock of this device is wrong by over a day. */
  get isClockWrong() {
    return isClockWrong(this.centreTime, this.#deps.now());
  }

  /** What time it is, as well as it is known here. */
  get now() {
    return this.centreTime ?? this.#deps.now();
  }

  /**
   * Judge one of the certificates by the last answer.
   * @param {CertificateId} id
   * @param {Dates} dates
   * @returns {Validity}
   */
  validityOf(id, dates) {
    const status = this.#statuses.get(cacheKey(id));
    return judge(dates, status, this.centreTime, this.#deps.now());
  }

  /** @param {CertificateId} id */
  #isOwn({ issuerName }) {
    const { ownIssuer } = this.#deps;
    return ownIssuer === undefined || issuerName === undefined || issuerName === ownIssuer;
  }

  async #refresh() {
    const generation = (this.#generation += 1);
    const ids = this.#ids;
    if (ids.length === 0) return;
    const statuses = await this.#fetchAll(ids);
    if (generation !== this.#generation) return; // asked anew meanwhile
    ids.forEach((id, at) => this.#record(cacheKey(id), statuses[at] ?? null));
    if (statuses.length === 0)
      this.#deps.later(() => void (generation === this.#generation && this.#refresh()), RETRY_MS);
    this.#onUpdate(this);
  }

  /** @param {string} key @param {CertificateStatus | null} status */
  #record(key, status) {
    const isFinal = this.#statuses.get(key)?.status === "revoked";
    if (status !== null || !isFinal) this.#statuses.set(key, status);
  }

  /**
   * @param {CertificateId[]} ids
   * @returns {Promise<CertificateStatus[]>} none where nobody answered
   */
  async #fetchAll(ids) {
    const batches = [];
    for (let at = 0; at < ids.length; at += MAX_IDS) batches.push(ids.slice(at, at + MAX_IDS));
    try {
      return (await Promise.all(batches.map((piece) => this.#fetch(piece)))).flat();
    } catch {
      return [];
    }
  }

  /** @param {CertificateId[]} ids */
  async #fetch(ids) {
    const response = await this.#deps.get(statusUrl(ids), {
      timeout: TIMEOUT_MS,
      credentials: "omit",
    });
    const { now, certificates } = /** @type {any} */ (await response.json());
    const time = Date.parse(now);
    const isValid =
      Number.isFinite(time) &&
      Array.isArray(certificates) &&
      certificates.length === ids.length;
    if (!isValid) throw new Error("not an answer");
    this.#offset = time - this.#deps.now();
    return /** @type {CertificateStatus[]} */ (certificates);
  }
}

/**
 * Name a certificate that is kept here.
 * @param {{id: string}} holding
 * @param {{serial: string, issuerName: string}} certificate
 * @returns {CertificateId}
 */
export const certificateIdFor = ({ id }, { serial, issuerName }) => ({
  serial,
  sha256: id,
  issuerName,
});

/** @param {CertificateId} id */
const cacheKey = ({ serial, sha256, issuerName }) =>
  [serial, sha256 ?? "", issuerName ?? ""].join(".");

/** @param {CertificateId[]} ids */
function statusUrl(ids) {
  const query = new URLSearchParams();
  for (const { serial, sha256 } of ids)
    query.append("certificate", sha256 === undefined ? serial : `${serial}.${sha256}`);
  // What is here is named by its hash.
  const issuer = ids.find(({ sha256 }) => sha256 === undefined)?.issuerName;
  if (issuer !== undefined) query.append("issuer", issuer);
  return `/pki/status?${query}`;
}
