/**
 * What this browser keeps: certificates with their encrypted keys, and keys whose
 * certificate has not come yet.
 *
 * Knows IndexedDB and nothing of what the bytes mean. No key is ever stored open.
 */

import { openDB } from "idb";
import { equal } from "../lib/bytes.js";
import { fingerprint } from "../pki/certificate.js";

/** @typedef {import("../pki/key_pair.js").KeyKind} KeyKind */

/**
 * A certificate that is kept here.
 * @typedef {object} Holding
 * @property {string} id hexadecimal SHA-256 of the certificate
 * @property {Uint8Array} certificate DER
 * @property {Uint8Array} encryptedKey EncryptedPrivateKeyInfo, DER
 * @property {Uint8Array} [kmCertificate] the key-management certificate, DER
 * @property {Uint8Array} [encryptedKmKey] its key; there when its certificate is
 * @property {Uint8Array[]} chain DER, the issuer first
 * @property {number} keptAt milliseconds
 * @property {"made-here" | "bridge"} cameFrom
 * @property {string} [serverId] the certificate's id at the centre
 */

/**
 * A key that waits for its certificate.
 * @typedef {object} Pending
 * @property {string} applicationId
 * @property {string} idempotencyKey
 * @property {Uint8Array} request PKCS#10, DER
 * @property {Uint8Array} encryptedKey EncryptedPrivateKeyInfo, DER
 * @property {KeyKind} keyKind
 * @property {number} madeAt milliseconds
 * @property {Place} [place] where its holder wants it, the browser where nothing is said
 */

/** @typedef {"browser" | "phone" | "hard-disk" | "removable-disk"} Place */

/**
 * @typedef {import("idb").DBSchema & {
 *   holdings: {key: string, value: Holding},
 *   pending: {key: string, value: Pending},
 * }} Tables
 */

const VERSION = 1;
const NONE = new Uint8Array();

/** Strict: the answer comes after the disk has it, not after the cache has. */
const DURABLE = Object.freeze(
  /** @type {IDBTransactionOptions} */ ({ durability: "strict" }),
);

/**
 * What was to be kept is not safely here. Codes: `not_kept` (it did not come back as
 * it went in), `other_key_here` (the same certificate is here with another key file),
 * `wrong_id`, `storage_unavailable`.
 */
export class StoreError extends Error {
  /**
   * @param {string} code
   * @param {ErrorOptions} [options]
   */
  constructor(code, options) {
    super(code, options);
    /** @readonly */ this.code = code;
  }
}

/** Opened by openStore(). */
export class Store {
  /** @type {import("idb").IDBPDatabase<Tables>} */
  #db;

  /** @param {import("idb").IDBPDatabase<Tables>} db */
  constructor(db) {
    this.#db = db;
  }

  /**
   * Keep a certificate, and return only when it was read back the same.
   *
   * The same certificate with another key file is refused unless `replace` is given:
   * what a stranger sends must never push out the key that works.
   * @param {Holding} holding
   * @param {{replace?: boolean}} [options]
   * @throws {StoreError}
   */
  async keep(holding, { replace = false } = {}) {
    const id = await fingerprint(holding.certificate);
    if (holding.id !== id) throw new StoreError("wrong_id");
    await stored(() => this.#put(holding, replace));
    const found = await stored(() => this.get(holding.id));
    if (!found || !sameBytes(found, holding)) throw new StoreError("not_kept");
  }

  /**
   * Return every certificate kept here, the latest first.
   * @returns {Promise<Holding[]>}
   */
  async all() {
    /** @type {Holding[]} */
    const found = await stored(() => this.#db.getAll("holdings"));
    return found.sort((one, other) => other.keptAt - one.keptAt);
  }

  /**
   * @param {string} id
   * @returns {Promise<Holding | undefined>}
   */
  get(id) {
    return stored(() => this.#db.get("holdings", id));
  }

  /**
   * Forget a certificate and its key.
   * @param {string} id
   */
  async remove(id) {
    await this.#delete("holdings", id);
  }

  /**
   * Keep a key that waits, unless one waits already for the same application.
   * @param {Pending} pending
   * @returns {Promise<Pending>} the one that is there now: never overwritten
   * @throws {StoreError}
   */
  async addPending(pending) {
    await stored(async () => {
      const work = this.#db.transaction("pending", "readwrite", DURABLE);
      const there = await work.store.getKey(pending.applicationId);
      const added = there === undefined ? work.store.add(pending) : undefined;
      await Promise.all([added, work.done]);
    });
    const found = await this.pendingFor(pending.applicationId);
    if (found === undefined) throw new StoreError("not_kept");
    return found;
  }

  /**
   * @param {string} applicationId
   * @returns {Promise<Pending | undefined>}
   */
  pendingFor(applicationId) {
    return stored(() => this.#db.get("pending", applicationId));
  }

  /**
   * Return every key that waits, so that a later visit can finish.
   * @returns {Promise<Pending[]>}
   */
  allPending() {
    return stored(() => this.#db.getAll("pending"));
  }

  /**
   * Forget a key that waits.
   * @param {string} applicationId
   */
  async dropPending(applicationId) {
    await this.#delete("pending", applicationId);
  }

  /** Let go of the database. */
  close() {
    this.#db.close();
  }

  /**
   * @param {Holding} holding
   * @param {boolean} replace
   */
  async #put(holding, replace) {
    const work = this.#db.transaction("holdings", "readwrite", DURABLE);
    /** @type {Holding | undefined} */
    const there = await work.store.get(holding.id);
    const other = there && !equal(there.encryptedKey, holding.encryptedKey);
    if (other && !replace) throw new StoreError("other_key_here");
    await Promise.all([work.store.put(holding), work.done]);
  }

  /**
   * @param {"holdings" | "pending"} table
   * @param {string} key
   */
  async #delete(table, key) {
    await stored(async () => {
      const work = this.#db.transaction(table, "readwrite", DURABLE);
      await Promise.all([work.store.delete(key), work.done]);
    });
  }
}

/**
 * Open the store of this browser.
 * @param {string} [name]
 * @returns {Promise<Store>}
 * @throws {StoreError} `storage_unavailable`, as in some private windows
 */
export async function openStore(name = "certferry") {
  /** @type {import("idb").IDBPDatabase<Tables>} */
  const db = await stored(() =>
    openDB(name, VERSION, {
      upgrade(fresh) {
        fresh.createObjectStore("holdings", { keyPath: "id" });
        fresh.createObjectStore("pending", { keyPath: "applicationId" });
      },
      // Let a newer page in another tab open; this one fails to the person instead.
      blocking: (_current, _next, event) => {
        /** @type {IDBDatabase} */ (event.target).close();
      },
    }),
  );
  return new Store(db);
}

/**
 * @param {Holding} found
 * @param {Holding} wanted
 */
function sameBytes(found, wanted) {
  const [is, ought] = [found, wanted].map((one) => [
    one.certificate,
    one.encryptedKey,
    one.kmCertificate ?? NONE,
    one.encryptedKmKey ?? NONE,
    ...one.chain,
  ]);
  return is.length === ought.length && is.every((part, i) => equal(part, ought[i]));
}

/**
 * Do something with the database; its own errors have one name outside.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function stored(work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError("storage_unavailable", { cause: error });
  }
}
