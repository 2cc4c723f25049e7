/**
 * Getting a certificate: the browser's half, from a new key to a kept certificate.
 *
 * The key is stored before anything is sent and forgotten only after the certificate
 * was kept and read back, so a browser may die anywhere and go on with resume().
 * Knows no page; reaches the server, the store, chance and the clock through ports.
 */

import { copy, equal, hex, unbase64 } from "../lib/bytes.js";
import { Refusal } from "../lib/http.js";
import { RANDOM_NUMBER_BYTES, withRandomNumber } from "../npki/random_number.js";
import { fingerprint, readCertificate } from "../pki/certificate.js";
import { WrongPasswordError } from "../pki/errors.js";
import { belongTogether } from "../pki/key_pair.js";
import { decryptKey, encryptKey } from "../pki/key_files/private_key.js";
import { makeRequest, requestedKey } from "../pki/signing_request.js";

/** @typedef {import("../pki/key_pair.js").KeyKind} KeyKind */
/** @typedef {import("../certificates/store.js").Holding} Holding */
/** @typedef {import("../certificates/store.js").Pending} Pending */
/** @typedef {import("../certificates/store.js").Place} Place */
/** @typedef {{applicationId: string, keyKind: KeyKind, password: string,
 *   place?: Place}} Wish */

/**
 * @typedef {"making_key" | "protecting_key" | "asking" | "checking" | "keeping"
 *   | "done"} Progress
 */

/**
 * @typedef {object} Ports
 * @property {Pick<import("../certificates/store.js").Store, "get" | "keep" | "addPending"
 *   | "pendingFor" | "dropPending">} store
 * @property {typeof import("../lib/http.js").post} post
 * @property {typeof import("../lib/http.js").get} get
 * @property {typeof import("../pki/key_pair.js").makeKeyPair} makeKeyPair
 * @property {import("../lib/random.js").Random} random
 * @property {() => number} now milliseconds
 * @property {number} [rounds] of the key's protection, for tests
 */

/**
 * @typedef {object} Kept
 * @property {Holding} holding
 * @property {boolean} reported whether the centre knows that it arrived; when not,
 *   the next resume() says so; never for a disk, where deliver() follows the writing
 * @property {Place} place where its holder wants it
 */

const CSR = "application/pkcs10";
const CERTIFICATE = "application/pkix-cert";
const CERTIFICATE_PATH = /^\/certificates\/([\w-]{1,64})$/;
const IDEMPOTENCY_BYTES = 16;

/**
 * Issuing stopped. Codes: `other_password` (a key for this application was protected
 * with another password before), `damaged_key`, `nothing_begun`, `unexpected_answer`,
 * `foreign_certificate` (it does not carry our key), `foreign_chain`.
 */
export class IssuingError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    /** @readonly */ this.code = code;
  }
}

/** Where a file is written first. @type {ReadonlySet<Place>} */
const DISKS = new Set(/** @type {Place[]} */ (["hard-disk", "removable-disk"]));

/** Gets certificates for one page. */
export class Issuing {
  /** @type {Ports} */
  #ports;

  /** @type {(state: Progress) => void} */
  #tell;

  /**
   * @param {Ports} ports
   * @param {(state: Progress) => void} [tell] hears every step
   */
  constructor(ports, tell = () => {}) {
    this.#ports = ports;
    this.#tell = tell;
  }

  /**
   * Make a key for an application and get its certificate.
   *
   * Where a key was begun before, in another tab or before a crash, that one goes on,
   * when the password is the same.
   * @param {Wish} wish
   * @returns {Promise<Kept>}
   * @throws {IssuingError}
   */
  async issue(wish) {
    const there = await this.#ports.store.pendingFor(wish.applicationId);
    const pending = there ?? (await this.#begin(wish));
    await checkKey(pending, wish.password);
    return this.#finish(pending);
  }

  /**
   * Go on with the key that waits for an application; needs no password.
   * @param {string} applicationId
   * @returns {Promise<Kept>}
   * @throws {IssuingError}
   */
  async resume(applicationId) {
    const pending = await this.#ports.store.pendingFor(applicationId);
    if (pending === undefined) throw new IssuingError("nothing_begun");
    return this.#finish(pending);
  }

  /**
   * Tell the centre where the certificate stands now, and forget what waited for it.
   * @param {string} applicationId
   * @param {string} serverId
   * @param {Place | "file"} place
   * @throws {Refusal}
   */
  async deliver(applicationId, serverId, place) {
    await this.#ports.post(`/certificates/${serverId}/delivered`, { place });
    await this.#ports.store.dropPending(applicationId);
  }

  /**
   * Make a key and store it; nothing has been sent yet.
   * @param {Wish} wish
   * @returns {Promise<Pending>} another tab's key, when that was faster
   */
  async #begin({ applicationId, keyKind, password, place = "browser" }) {
    const { store, makeKeyPair, random, now, rounds } = this.#ports;
    this.#tell("making_key");
    const pair = await makeKeyPair(keyKind);
    this.#tell("protecting_key");
    const key = withRandomNumber(pair.pkcs8, random(RANDOM_NUMBER_BYTES));
    return store.addPending({
      applicationId,
      idempotencyKey: hex(random(IDEMPOTENCY_BYTES)),
      request: await makeRequest(pair),
      encryptedKey: await encryptKey(key, password, { random, rounds }),
      keyKind,
      madeAt: now(),
      place,
    });
  }

  /**
   * @param {Pending} pending
   * @returns {Promise<Kept>}
   */
  async #finish(pending) {
    const { store } = this.#ports;
    this.#tell("asking");
    const { certificate, path, serverId } = await this.#ask(pending);
    const chain = await this.#chain();
    this.#tell("checking");
    checkCertificate(certificate, { chain, request: pending.request });
    this.#tell("keeping");
    const holding = await this.#kept(pending, { certificate, chain, serverId });
    const place = pending.place ?? "browser";
    const reported = !DISKS.has(place) && (await this.#report(path));
    if (reported) await store.dropPending(pending.applicationId);
    this.#tell("done");
    return { holding, reported, place };
  }

  /** @param {Pending} pending */
  async #ask({ applicationId, idempotencyKey, request }) {
    const headers = {
      "Content-Type": CSR,
      Accept: CERTIFICATE,
      "Application-Id": applicationId,
      "Idempotency-Key": idempotencyKey,
    };
    const answer = await this.#ports.post("/certificates", request, { headers });
    const path = answer.headers.get("Location") ?? "";
    const serverId = CERTIFICATE_PATH.exec(path)?.[1];
    const type = answer.headers.get("Content-Type")?.split(";")[0].trim();
    if (serverId === undefined || type !== CERTIFICATE) {
      throw new IssuingError("unexpected_answer");
    }
    return { certificate: copy(await answer.arrayBuffer()), path, serverId };
  }

  /** @returns {Promise<Uint8Array[]>} */
  async #chain() {
    const answer = await this.#ports.get("/pki/chain.json");
    try {
      const { chain } = /** @type {{chain: string[]}} */ (await answer.json());
      return chain.map(unbase64);
    } catch {
      throw new IssuingError("unexpected_answer");
    }
  }

  /**
   * Keep the certificate, unless an earlier try kept it: its password may have been
   * changed since.
   * @param {Pending} pending
   * @param {Pick<Holding, "certificate" | "chain" | "serverId">} issued
   * @returns {Promise<Holding>}
   */
  async #kept({ encryptedKey }, issued) {
    const { store, now } = this.#ports;
    const id = await fingerprint(issued.certificate);
    const there = await store.get(id);
    if (there !== undefined) return there;
    /** @type {Holding} */
    const fresh = { ...issued, id, encryptedKey, keptAt: now(), cameFrom: "made-here" };
    await store.keep(fresh);
    return fresh;
  }

  /**
   * Tell the centre that the certificate is in this browser; it is safe either way.
   * What is meant for the phone is here first, and moves from here.
   * @param {string} path
   */
  async #report(path) {
    try {
      await this.#ports.post(`${path}/delivered`, { place: "browser" });
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }
}

/**
 * Refuse a stored key that the password does not open, before it is certified.
 * @param {Pending} pending
 * @param {string} password
 */
async function checkKey({ encryptedKey, request }, password) {
  const key = await opened(encryptedKey, password);
  const fits = await belongTogether(key, requestedKey(request));
  if (!fits) throw new IssuingError("damaged_key");
}

/**
 * @param {Uint8Array} encryptedKey
 * @param {string} password
 */
async function opened(encryptedKey, password) {
  try {
    return await decryptKey(encryptedKey, password);
  } catch (error) {
    if (error instanceof WrongPasswordError) throw new IssuingError("other_password");
    throw error;
  }
}

/**
 * Refuse a certificate that is not for our key, or a chain that does not lead on.
 * @param {Uint8Array} certificate
 * @param {{chain: Uint8Array[], request: Uint8Array}} against
 */
function checkCertificate(certificate, { chain, request }) {
  const [own, ...issuers] = [certificate, ...chain].map(readCertificate);
  if (!equal(own.spki, requestedKey(request))) {
    throw new IssuingError("foreign_certificate");
  }
  const links = issuers.map((issuer, i) => [[own, ...issuers][i], issuer]);
  const leads = links.every(([one, issuer]) => equal(one.issuerDer, issuer.subjectDer));
  if (!leads || issuers.length === 0) throw new IssuingError("foreign_chain");
}
