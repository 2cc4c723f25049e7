/**
 * Getting a certificate: the browser's half, from a new key to a kept certificate.
 *
 * The key is stored before anything is sent and forgotten only after the certificate
 * was kept and read back, so a browser may die anywhere and go on with resume().
 * Knows no page; reaches the server, the store, chance and the clock through ports.
 */

import { equal, hex } from "../lib/bytes.js";
import { CodedError } from "../lib/errors.js";
import { ApiError } from "../lib/http.js";
import { RANDOM_NUMBER_BYTES, withRandomNumber } from "../npki/identity.js";
import { fingerprint, readCertificate } from "../pki/certificate.js";
import { WrongPasswordError } from "../npki/encryption/errors.js";
import { isKeyPair, signsFor } from "../pki/key_pair.js";
import { KeyForm, decryptKey, encryptKey } from "../npki/key_file.js";
import { createRequest, readPublicKey } from "../pki/signing_request.js";
import { CentreClient } from "./centre_client.js";
import "./issuance_messages.js";

/** @typedef {import("../pki/key_pair.js").KeyKind} KeyKind */
/** @typedef {import("../certificates/store.js").StoredCertificate} StoredCertificate */
/** @typedef {import("../certificates/store.js").Pending} Pending */
/** @typedef {import("../certificates/store.js").StorageKind} Place */
/**
 * @typedef {{applicationId: string, keyKind: KeyKind, password?: string, isBound?: boolean,
 *   place?: Place, identityKey?: Uint8Array}} IssuanceRequest `isBound`: the key is one
 *   that cannot be copied, and has no password; `identityKey`: the key to seal R to, where
 *   the type of certificate has a VID
 */

/**
 * @typedef {"making_key" | "protecting_key" | "asking" | "checking" | "keeping"
 *   | "done"} IssuanceState
 */

/**
 * @typedef {object} Dependencies
 * @property {Pick<import("../certificates/store.js").Store, "get" | "put" | "addPending"
 *   | "pendingFor" | "dropPending">} store
 * @property {typeof import("../lib/http.js").post} post
 * @property {typeof import("../lib/http.js").get} get
 * @property {typeof import("../pki/key_pair.js").createKeyPair} makeKeyPair
 * @property {typeof import("../pki/key_pair.js").createBoundKeyPair} makeBoundKeyPair
 * @property {typeof import("../npki/identity_seal.js").sealRandomNumber} seal
 * @property {import("../lib/random.js").Random} random
 * @property {() => number} now milliseconds
 * @property {number} [rounds] of the key's protection, for tests
 */

/**
 * @typedef {object} IssuanceResult
 * @property {StoredCertificate} stored
 * @property {boolean} reported whether the centre knows that it arrived; when not,
 *   the next resume() says so; never for a disk, where deliver() follows the writing
 * @property {Place} place where its holder wants it
 */

const IDEMPOTENCY_BYTES = 16;

/**
 * Issuing stopped. Codes: `other_password` (a key for this application was protected
 * with another password before), `damaged_key`, `nothing_begun`,
 * `foreign_certificate` (it does not carry our key), `foreign_chain`.
 */
export class IssuanceError extends CodedError {}

/** Where a file is written first. @type {ReadonlySet<Place>} */
const DISKS = new Set(/** @type {Place[]} */ (["hard-disk", "removable-disk"]));

/** Gets certificates for one page. */
export class IssuanceClient {
  /** @type {Dependencies} */
  #deps;

  /** @type {CentreClient} */
  #centre;

  /** @type {(state: IssuanceState) => void} */
  #onState;

  /**
   * @param {Dependencies} deps
   * @param {(state: IssuanceState) => void} [onState] hears every step
   */
  constructor(deps, onState = () => {}) {
    this.#deps = deps;
    this.#centre = new CentreClient(deps);
    this.#onState = onState;
  }

  /**
   * Make a key for an application and get its certificate.
   *
   * Where a key was begun before, in another tab or before a crash, that one goes on,
   * when the password is the same.
   * @param {IssuanceRequest} request
   * @returns {Promise<IssuanceResult>}
   * @throws {IssuanceError}
   */
  async issue(request) {
    return this.#finish(await this.prepare(request));
  }

  /**
   * Return the key that waits for an application, or make and store one; nothing has
   * been sent yet.
   * @param {IssuanceRequest} request
   * @returns {Promise<Pending>}
   * @throws {IssuanceError}
   */
  async prepare(request) {
    const stored = await this.#deps.store.pendingFor(request.applicationId);
    const create = request.isBound ? this.#createBoundPending : this.#createPending;
    const pending = stored ?? (await create.call(this, request));
    await checkKey(pending, request.password);
    return pending;
  }

  /**
   * Go on with the key that waits for an application; needs no password.
   * @param {string} applicationId
   * @returns {Promise<IssuanceResult>}
   * @throws {IssuanceError}
   */
  async resume(applicationId) {
    const pending = await this.#deps.store.pendingFor(applicationId);
    if (pending === undefined) throw new IssuanceError("nothing_begun");
    return this.#finish(pending);
  }

  /**
   * Tell the centre where the certificate stands now, and forget what waited for it.
   * @param {string} applicationId
   * @param {string} serverId
   * @param {Place | "file"} place
   * @throws {ApiError}
   */
  async reportDelivery(applicationId, serverId, place) {
    await this.#centre.reportDelivery(serverId, place);
    await this.#deps.store.dropPending(applicationId);
  }

  /**
   * Keep the certificate, unless an earlier try kept it: its password may have been
   * changed since.
   * @param {Pending} pending
   * @param {Pick<StoredCertificate, "certificate" | "chain" | "serverId">} issued
   * @returns {Promise<StoredCertificate>}
   */
  async keep({ encryptedKey, key }, issued) {
    const { store, now } = this.#deps;
    const id = await fingerprint(issued.certificate);
    const stored = await store.get(id);
    if (stored === undefined) {
      const own = key ? { key } : { encryptedKey };
      await store.put({ ...issued, id, ...own, keptAt: now(), cameFrom: "made-here" });
    }
    const holding = stored ?? (await store.get(id));
    if (holding === undefined) throw new IssuanceError("not_kept");
    const isUsable = !holding.key
      || (await signsFor(holding.key, readCertificate(holding.certificate).spki));
    if (!isUsable) throw new IssuanceError("damaged_key");
    return holding;
  }

  /**
   * Make a key and store it; nothing has been sent yet.
   * @param {IssuanceRequest} wish
   * @returns {Promise<Pending>} another tab's key, when that was faster
   */
  async #createPending({
    applicationId, keyKind, password = "", place = "browser", identityKey,
  }) {
    const { store, makeKeyPair, random, now, rounds } = this.#deps;
    this.#onState("making_key");
    const pair = await makeKeyPair(keyKind);
    this.#onState("protecting_key");
    const randomNumber = random(RANDOM_NUMBER_BYTES);
    const key = withRandomNumber(pair.pkcs8, randomNumber);
    const request = await createRequest(pair);
    // Kept sealed, so that going on later needs no password and sends the same.
    const sealedRandomNumber =
      identityKey && (await this.#deps.seal(identityKey, randomNumber, { request, applicationId }));
    return store.addPending({
      applicationId,
      idempotencyKey: hex(random(IDEMPOTENCY_BYTES)),
      request,
      ...(sealedRandomNumber && { sealedRandomNumber }),
      encryptedKey: await encryptKey(key, password, KeyForm.D, { random, rounds }),
      keyKind,
      madeAt: now(),
      place,
    });
  }

  /**
   * Make a key that cannot be copied and store it. Without R: what lies here without a
   * password could be copied (docs/issuing.md).
   * @param {IssuanceRequest} wish
   * @returns {Promise<Pending>}
   */
  async #createBoundPending({ applicationId, keyKind }) {
    const { store, makeBoundKeyPair, random, now } = this.#deps;
    this.#onState("making_key");
    const pair = await makeBoundKeyPair(keyKind);
    return store.addPending({
      applicationId,
      idempotencyKey: hex(random(IDEMPOTENCY_BYTES)),
      request: await createRequest(pair),
      key: pair.privateKey,
      keyKind,
      madeAt: now(),
      place: "phone",
    });
  }

  /** @param {Pending} pending @returns {Promise<IssuanceResult>} */
  async #finish(pending) {
    const { store } = this.#deps;
    this.#onState("asking");
    const { certificate, serverId } = await this.#centre.requestCertificate(pending);
    const chain = await this.#centre.fetchChain();
    this.#onState("checking");
    checkCertificate(certificate, { chain, request: pending.request });
    this.#onState("keeping");
    const stored = await this.keep(pending, { certificate, chain, serverId });
    const place = pending.place ?? "browser";
    const reported = !DISKS.has(place) && (await this.#reportStored(serverId, stored));
    if (reported) await store.dropPending(pending.applicationId);
    this.#onState("done");
    return { stored, reported, place };
  }

  /**
   * Tell the centre that the certificate is in this browser; it is safe either way.
   * What is meant for the phone is here first, and moves from here; a key that cannot be
   * copied is on the phone in hand.
   * @param {string} serverId
   * @param {StoredCertificate} stored
   */
  async #reportStored(serverId, { key }) {
    try {
      await this.#centre.reportDelivery(serverId, key ? "phone" : "browser");
      return true;
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  }
}

/**
 * Refuse a stored key that the password does not open, before it is certified.
 * @param {Pending} pending
 * @param {string} [password]
 */
async function checkKey({ encryptedKey = new Uint8Array(), key, request }, password = "") {
  const spki = readPublicKey(request);
  const matches = key
    ? await signsFor(key, spki)
    : await isKeyPair(await openKey(encryptedKey, password), spki);
  if (!matches) throw new IssuanceError("damaged_key");
}

/** @param {Uint8Array} encryptedKey @param {string} password */
async function openKey(encryptedKey, password) {
  try {
    return await decryptKey(encryptedKey, password);
  } catch (error) {
    if (error instanceof WrongPasswordError) throw new IssuanceError("other_password");
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
  if (!equal(own.spki, readPublicKey(request))) {
    throw new IssuanceError("foreign_certificate");
  }
  const links = issuers.map((issuer, i) => [[own, ...issuers][i], issuer]);
  const isChain = links.every(([subject, issuer]) => equal(subject.issuerDer, issuer.subjectDer));
  if (!isChain || issuers.length === 0) throw new IssuanceError("foreign_chain");
}
