/**
 * PKCS#12 files (RFC 7292), read: the locked key and the certificates in one.
 *
 * Reads what we, today's and older programs write: PBES2 with AES, triple DES and RC2,
 * in DER and in BER. The key stays locked. The file's MAC is not looked at: whoever uses
 * the key compares it with its certificate.
 */

import { concat, copy } from "../lib/bytes.js";
import { toDer } from "../pki/der/ber.js";
import { TAG, contextTag } from "../pki/der/der_writer.js";
import { checkLimits, read } from "../pki/der/der_reader.js";
import { DerError } from "../pki/der/errors.js";
import { UnsupportedKeyError } from "../pki/errors.js";
import { OID } from "../pki/der/oids.js";
import { checkTotalWork } from "./kdf_limits.js";
import { decrypt } from "./pbe.js";
import { readScheme, workOf } from "./schemes.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../pki/der/der_reader.js").Element} Element */
/** @typedef {{encryptedKey: Bytes, certificates: Bytes[]}} Pkcs12Contents */

const MAX_BYTES = 64 * 1024;
const EXPLICIT_0 = contextTag(0);
const OCTETS_IMPLICIT_0 = 0x80;

/**
 * Read a PKCS#12 file with one key.
 * @param {Uint8Array} file
 * @param {string} password
 * @returns {Promise<Pkcs12Contents>}
 * @throws {import("./errors.js").WrongPasswordError}
 * @throws {DerError} when it is no such file
 * @throws {UnsupportedKeyError} when it is locked in a way that is not read here
 */
export async function readPkcs12(file, password) {
  if (file.length > MAX_BYTES) throw new DerError("too large");
  const der = toDer(file);
  checkLimits(der);
  const [version, content] = read(der, TAG.SEQUENCE).children();
  if (version?.tag !== TAG.INTEGER || version.number() !== 3 || !content)
    throw new DerError("not a PKCS#12 file");
  const infos = read(toDer(readData(content)), TAG.SEQUENCE).children();
  checkTotalWork(
    infos.filter(isEncrypted).map((info) => workOf(readScheme(readEncrypted(info)[0]))),
  );
  const bags = [];
  for (const info of infos) bags.push(...(await readBags(info, password)));
  const keys = bagValues(bags, OID.shroudedKeyBag).map((key) => copy(key.der));
  if (keys.length !== 1) throw new UnsupportedKeyError(`${keys.length} keys`);
  const certificates = bagValues(bags, OID.certBag).map(readCertificateBag);
  return { encryptedKey: keys[0], certificates };
}

/**
 * @param {Element} info ContentInfo
 * @param {string} password
 * @returns {Promise<Element[]>}
 */
async function readBags(info, password) {
  if (!isEncrypted(info)) return read(toDer(readData(info)), TAG.SEQUENCE).children();
  const [algorithm, ciphertext] = readEncrypted(info);
  const octets = readImplicitOctets(ciphertext);
  const plain = await decrypt(readScheme(algorithm), octets, password, isSequence);
  return read(toDer(plain), TAG.SEQUENCE).children();
}

/** @param {Uint8Array} plain */
function isSequence(plain) {
  try {
    read(toDer(plain), TAG.SEQUENCE).children();
    return true;
  } catch {
    return false;
  }
}

/** @param {Element} info ContentInfo */
function isEncrypted(info) {
  const [type] = info.expect(TAG.SEQUENCE).children();
  return type?.oid() === OID.encryptedData;
}

/**
 * Return algorithm and ciphertext of encrypted data (RFC 5652 8).
 * @param {Element} info
 */
function readEncrypted(info) {
  const [, wrapped] = info.children();
  const [, inner] = unwrap(wrapped).expect(TAG.SEQUENCE).children();
  const [, algorithm, ciphertext] = inner?.expect(TAG.SEQUENCE).children() ?? [];
  if (ciphertext === undefined) throw new DerError("nothing is encrypted");
  return [algorithm, ciphertext];
}

/**
 * Return the octets of an implicit string, which BER may have in pieces.
 * @param {Element} string
 */
function readImplicitOctets(string) {
  if (string.tag === OCTETS_IMPLICIT_0) return string.content;
  const pieces = string.expect(EXPLICIT_0).children();
  return concat(...pieces.map((piece) => piece.octets()));
}

/** @param {Element} info */
function readData(info) {
  const [type, wrapped] = info.expect(TAG.SEQUENCE).children();
  if (type?.oid() !== OID.data) throw new UnsupportedKeyError("another content");
  return unwrap(wrapped).octets();
}

/** @param {Element[]} bags @param {string} kind */
function bagValues(bags, kind) {
  return bags
    .map((bag) => bag.expect(TAG.SEQUENCE).children())
    .filter(([type]) => type?.oid() === kind)
    .map(([, value]) => unwrap(value));
}

/** @param {Element} value CertBag */
function readCertificateBag(value) {
  const [, wrapped] = value.expect(TAG.SEQUENCE).children();
  return unwrap(wrapped).octets();
}

/** @param {Element | undefined} wrapped */
function unwrap(wrapped) {
  const [content] = wrapped?.expect(EXPLICIT_0).children() ?? [];
  if (content === undefined) throw new DerError("an empty wrapping");
  return content;
}
