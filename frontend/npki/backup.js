/**
 * A backup: all certificates of a wallet with their locked keys in one sealed file.
 *
 * Pure; twin of mobile_bridge/npki/backup.py. The form stands in docs/wallet.md, and both
 * read tests/vectors/npki_backup.json.
 */
import { base64, base64url, concat, copy, equal, fromBase64, fromBase64url, fromUtf8, utf8 } from "../lib/bytes.js";
import { CodedError } from "../lib/errors.js";
import { loadModule } from "../lib/lazy.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../lib/random.js").Random} Random */

/**
 * A certificate in a backup.
 * @typedef {object} BackupCertificate
 * @property {Bytes} certificate DER
 * @property {Bytes} encryptedKey EncryptedPrivateKeyInfo, DER, as its holder locked it
 * @property {Bytes} [kmCertificate]
 * @property {Bytes} [encryptedKmKey]
 * @property {Bytes[]} chain DER, the issuer first
 * @property {string} localName
 * @property {string} serverId the certificate's id at its centre; empty where unknown
 */

/** @typedef {{madeAt: Date, certificates: BackupCertificate[]}} BackupContents */

/**
 * What opens a backup: a passphrase, or the secret that its sheets give.
 * @typedef {{passphrase: string} | {secret: Uint8Array, identifier: number}} BackupKey
 */

/**
 * The head of a backup, which is readable without a key.
 * @typedef {object} BackupHeader
 * @property {"passphrase" | "sheets"} kind
 * @property {Bytes} salt 16 octets
 * @property {number} cost of scrypt: the logarithm of N; 0 for sheets
 * @property {number} identifier of the set of sheets; 0 for a passphrase
 */

export const MAX_BYTES = 8 * 1024 * 1024;
export const MAX_CERTIFICATES = 200;
export const SECRET_BYTES = 16;
export const SHEETS = Object.freeze({ threshold: 2, count: 3 });
/** RFC 7914 2: N = 2^17, r = 8, p = 1 take 128 MiB, and a second on a phone. */
const COST = 17;
/** More would let a file stop the page: 1 GiB. */
const MAX_COST = 20;
const MIN_COST = 10;
const MAGIC = "certferry wallet backup\n";
const VERSION = 1;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
const TAG_BYTES = 16;
/** What is inside tells its size to within so many octets. */
const BLOCK = 4096;
const MAX_PART = 64 * 1024;
const MAX_HEADER = 1024;
/** Strings as one, so that what is in them opens nothing. */
const JSON_MARK = /"(?:[^"\\]|\\.)*"|[{}[\]:]/gs;
const MAX_DEPTH = 16;
/** RFC 3339, in UTC and in seconds. */
const TIME = /^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const MAC_LINE = /^mac: ([\w-]{43})$/;
const PASSPHRASE_LINE = /^key: scrypt n=(\d{1,2}) r=8 p=1 salt=([\w-]{22})$/;
const SHEETS_LINE = /^key: slip39 set=(\d{1,5}) salt=([\w-]{22})$/;
const VERSION_LINE = /^version: (\d{1,9})$/;

/**
 * A backup that cannot be used. Codes: `backup_form` (no backup, or its head is damaged),
 * `backup_newer` (a later version wrote it), `backup_work` (it asks for more work than an
 * honest one), `backup_locked` (this passphrase or these sheets do not open it),
 * `backup_other_sheets` (the sheets are of another set), `backup_damaged` (the key is
 * right, what follows is not), `backup_large`.
 */
export class BackupError extends CodedError {}

/**
 * Seal certificates.
 * @param {BackupContents} contents
 * @param {BackupKey} key
 * @param {{random: Random, cost?: number}} options
 * @returns {Promise<Bytes>} the file
 */
export async function sealBackup(contents, key, { random, cost = COST }) {
  if (contents.certificates.length > MAX_CERTIFICATES) throw new BackupError("backup_large");
  const isPassphrase = "passphrase" in key;
  /** @type {BackupHeader} */
  const header = {
    kind: isPassphrase ? "passphrase" : "sheets",
    salt: random(SALT_BYTES),
    cost: isPassphrase ? cost : 0,
    identifier: isPassphrase ? 0 : key.identifier,
  };
  const keys = await deriveKeys(header, key);
  const head = utf8(headText(header));
  const mac = await crypto.subtle.sign("HMAC", keys.header, head);
  const whole = concat(head, utf8(`mac: ${base64url(new Uint8Array(mac))}\n`));
  const nonce = random(NONCE_BYTES);
  const cipher = { name: "AES-GCM", iv: nonce, additionalData: whole };
  const plain = writeContents(contents);
  const sealed = await crypto.subtle.encrypt(cipher, keys.payload, plain);
  const file = concat(whole, nonce, new Uint8Array(sealed));
  if (file.length > MAX_BYTES) throw new BackupError("backup_large");
  return file;
}

/**
 * Read the head of a backup: what is needed to open it.
 * @param {Uint8Array} file
 * @returns {BackupHeader}
 * @throws {BackupError}
 */
export const readHeader = (file) => split(file).header;

/**
 * Open a backup.
 * @param {Uint8Array} file
 * @param {BackupKey} key
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<BackupContents>}
 * @throws {BackupError}
 */
export async function openBackup(file, key, { signal } = {}) {
  const { header, head, whole, mac, payload } = split(file);
  if ("passphrase" in key !== (header.kind === "passphrase"))
    throw new BackupError("backup_locked");
  if ("identifier" in key && key.identifier !== header.identifier)
    throw new BackupError("backup_other_sheets");
  const keys = await deriveKeys(header, key, signal);
  const expected = new Uint8Array(await crypto.subtle.sign("HMAC", keys.header, head));
  if (!equal(mac, expected)) throw new BackupError("backup_locked");
  if (payload.length < NONCE_BYTES + TAG_BYTES) throw new BackupError("backup_damaged");
  const iv = payload.slice(0, NONCE_BYTES);
  const cipher = { name: "AES-GCM", iv, additionalData: whole };
  try {
    const sealed = payload.slice(NONCE_BYTES);
    const plain = await crypto.subtle.decrypt(cipher, keys.payload, sealed);
    return readContents(new Uint8Array(plain));
  } catch (error) {
    throw new BackupError("backup_damaged", { cause: error });
  }
}

/**
 * Return a passphrase as it is used: composed (NFC), without blanks around it.
 * @param {string} typed
 */
export const normalizePassphrase = (typed) =>
  typed.normalize("NFC").replace(/^[ \t\r\n\u00A0\u3000]+|[ \t\r\n\u00A0\u3000]+$/g, "");

/** @param {BackupHeader} header */
function headText({ kind, salt, cost, identifier }) {
  const key =
    kind === "passphrase" ? `scrypt n=${cost} r=8 p=1` : `slip39 set=${identifier}`;
  return `${MAGIC}version: ${VERSION}\nkey: ${key} salt=${base64url(salt)}\n`;
}

/** @param {Uint8Array} file */
function split(file) {
  if (file.length > MAX_BYTES) throw new BackupError("backup_large");
  const start = Array.from(file.slice(0, MAX_HEADER), (octet) =>
    String.fromCharCode(octet),
  ).join("");
  if (!start.startsWith(MAGIC)) throw new BackupError("backup_form");
  const [versionLine = "", keyLine = "", macLine = ""] = start
    .slice(MAGIC.length)
    .split("\n", 3);
  const version = VERSION_LINE.exec(versionLine)?.[1];
  if (version === undefined) throw new BackupError("backup_form");
  if (Number(version) > VERSION) throw new BackupError("backup_newer");
  const mac = MAC_LINE.exec(macLine)?.[1];
  if (Number(version) !== VERSION || mac === undefined)
    throw new BackupError("backup_form");
  const header = readKeyLine(keyLine);
  const headLength = MAGIC.length + versionLine.length + keyLine.length + 2;
  const wholeLength = headLength + macLine.length + 1;
  if (start[wholeLength - 1] !== "\n") throw new BackupError("backup_form");
  return {
    header,
    head: copy(file.slice(0, headLength)),
    whole: copy(file.slice(0, wholeLength)),
    mac: decode(mac),
    payload: copy(file.slice(wholeLength)),
  };
}

/** @param {string} line @returns {BackupHeader} */
function readKeyLine(line) {
  const scrypt = PASSPHRASE_LINE.exec(line);
  if (scrypt) {
    const cost = Number(scrypt[1]);
    if (cost < MIN_COST || cost > MAX_COST) throw new BackupError("backup_work");
    return { kind: "passphrase", salt: decode(scrypt[2]), cost, identifier: 0 };
  }
  const slip39 = SHEETS_LINE.exec(line);
  const identifier = Number(slip39?.[1] ?? NaN);
  if (slip39 === null || !(identifier < 2 ** 15)) throw new BackupError("backup_form");
  return { kind: "sheets", salt: decode(slip39[2]), cost: 0, identifier };
}

/** @param {string} text */
function decode(text) {
  try {
    return fromBase64url(text);
  } catch {
    throw new BackupError("backup_form");
  }
}

/** @param {BackupHeader} header @param {BackupKey} key @param {AbortSignal} [signal] */
async function deriveKeys(header, key, signal) {
  const material =
    "passphrase" in key
      ? await stretch(normalizePassphrase(key.passphrase), header, signal)
      : copy(key.secret);
  const base = await crypto.subtle.importKey("raw", material, "HKDF", false, ["deriveKey"]);
  material.fill(0);
  const kdf = (/** @type {string} */ info) => ({
    ...{ name: "HKDF", hash: "SHA-256", salt: copy(header.salt) },
    info: utf8(`certferry backup 1 ${info}`),
  });
  const hmac = { name: "HMAC", hash: "SHA-256", length: KEY_BYTES * 8 };
  const gcm = { name: "AES-GCM", length: KEY_BYTES * 8 };
  return {
    header: await crypto.subtle.deriveKey(kdf("header"), base, hmac, false, ["sign"]),
    payload: await crypto.subtle.deriveKey(kdf("payload"), base, gcm, false, [
      "encrypt",
      "decrypt",
    ]),
  };
}

/**
 * @param {string} passphrase
 * @param {BackupHeader} header
 * @param {AbortSignal} [signal]
 * @returns {Promise<Bytes>}
 */
async function stretch(passphrase, { salt, cost }, signal) {
  const { deriveSlowly } = await loadModule(() => import("./encryption/kdf/slow_kdf.js"));
  const work = { n: 2 ** cost, r: 8, p: 1, size: KEY_BYTES };
  return deriveSlowly({ kdf: "scrypt", secret: utf8(passphrase), salt, ...work }, signal);
}

/** @param {BackupContents} contents @returns {Bytes} */
function writeContents({ madeAt, certificates }) {
  const text = JSON.stringify({
    made_at: writeTime(madeAt),
    certificates: certificates.map((contents) => ({
      certificate: base64(contents.certificate),
      encrypted_key: base64(contents.encryptedKey),
      ...(contents.kmCertificate &&
        contents.encryptedKmKey && {
          km_certificate: base64(contents.kmCertificate),
          encrypted_km_key: base64(contents.encryptedKmKey),
        }),
      chain: contents.chain.map(base64),
      local_name: contents.localName,
      server_id: contents.serverId,
    })),
  });
  const octets = utf8(text);
  return concat(octets, new Uint8Array(BLOCK - (octets.length % BLOCK)).fill(0x20));
}

/**
 * Read what was inside. JSON that two readers may take differently is none.
 * @param {Uint8Array} octets
 * @returns {BackupContents}
 */
function readContents(octets) {
  const text = fromUtf8(octets);
  checkStructure(text);
  const { made_at: madeAt, certificates } = JSON.parse(text);
  if (!Array.isArray(certificates) || certificates.length > MAX_CERTIFICATES)
    throw new TypeError("certificates");
  return { madeAt: readTime(madeAt), certificates: certificates.map(readCertificate) };
}

/**
 * Accept JSON that is not deep, and whose objects have each name once (RFC 8259 4:
 * readers differ on the others).
 * @param {string} text
 */
function checkStructure(text) {
  /** @type {Set<string>[]} */
  const open = [];
  let previous = "";
  for (const [mark] of text.matchAll(JSON_MARK)) {
    if (mark === "{" || mark === "[") open.push(new Set());
    if (mark === "}" || mark === "]") open.pop();
    if (open.length > MAX_DEPTH) throw new TypeError("depth");
    if (mark === ":") {
      const names = open[open.length - 1];
      const name = JSON.parse(previous);
      if (names.has(name)) throw new TypeError("a name twice");
      names.add(name);
    }
    previous = mark;
  }
}

/** @param {unknown} value @returns {Date} */
function readTime(value) {
  const text = readText(value);
  const date = new Date(text);
  // What is no day of a month becomes one of the next.
  if (!TIME.test(text) || writeTime(date) !== text) throw new TypeError("made_at");
  return date;
}

/** @param {Date} date */
const writeTime = (date) => `${date.toISOString().slice(0, 19)}Z`;

/** @param {Record<string, unknown>} fields @returns {BackupCertificate} */
function readCertificate(fields) {
  const { km_certificate: kmCertificate, encrypted_km_key: kmKey, chain } = fields;
  if ((kmCertificate === undefined) !== (kmKey === undefined)) throw new TypeError("km");
  if (!Array.isArray(chain) || chain.length > 10) throw new TypeError("chain");
  return {
    certificate: readOctets(fields.certificate),
    encryptedKey: readOctets(fields.encrypted_key),
    ...(kmCertificate !== undefined && {
      kmCertificate: readOctets(kmCertificate),
      encryptedKmKey: readOctets(kmKey),
    }),
    chain: chain.map(readOctets),
    localName: readText(fields.local_name),
    serverId: readText(fields.server_id),
  };
}

/** @param {unknown} value @returns {Bytes} */
function readOctets(value) {
  const octets = fromBase64(readText(value, MAX_PART));
  if (octets.length === 0) throw new TypeError("octets");
  return octets;
}

/** @param {unknown} value @param {number} [max] */
function readText(value, max = 100) {
  if (typeof value !== "string" || value.length > max) throw new TypeError("text");
  return value;
}
