/**
 * What this browser keeps as a paired device: a key that it gives to nobody, and what it
 * is called. Apart from the certificates, which have nothing to do with it.
 */
import { openDB } from "idb";
import { createBoundKeyPair } from "../pki/key_pair.js";

/**
 * @typedef {object} DeviceRecord
 * @property {CryptoKey} key
 * @property {Uint8Array} publicKey SubjectPublicKeyInfo
 * @property {string} id empty until the centre has agreed
 * @property {string} name
 * @property {string} account whose it is, as the centre called them
 */

/** A device that is paired. @typedef {DeviceRecord & {id: string}} PairedRecord */

const NAME = "certferry-device";
const TABLE = "device";
/** There is one. */
const SELF = "self";

/**
 * Return what this browser is paired as; null where it is not, or keeps nothing.
 * @returns {Promise<PairedRecord | null>}
 */
export async function readDevice() {
  try {
    const record = await withTable((db) => db.get(TABLE, SELF));
    return record?.id ? record : null;
  } catch {
    return null;
  }
}

/**
 * Return a key that waits to be paired, made here before anything is sent.
 * @returns {Promise<DeviceRecord>}
 */
export async function prepareDevice() {
  const stored = await withTable((db) => db.get(TABLE, SELF));
  if (stored && !stored.id) return stored;
  const { privateKey, spki } = await createBoundKeyPair("p-256");
  return { key: privateKey, publicKey: spki, id: "", name: "", account: "" };
}

/** @param {DeviceRecord} record */
export async function keepDevice(record) {
  await withTable((db) => db.put(TABLE, record, SELF));
}

/** Forget the key: nobody can act as this device any more. */
export async function forgetDevice() {
  await withTable((db) => db.delete(TABLE, SELF));
}

/**
 * @template T
 * @param {(db: import("idb").IDBPDatabase) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withTable(work) {
  const db = await openDB(NAME, 1, {
    upgrade(database) {
      database.createObjectStore(TABLE);
    },
  });
  try {
    return await work(db);
  } finally {
    db.close();
  }
}
