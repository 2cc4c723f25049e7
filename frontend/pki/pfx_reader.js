/**
 * PKCS#12 files (RFC 7292), read: the locked key and the certificates in one.
 *
 * Reads what we and today's programs write: PBES2 with AES. The key stays locked. The
 * file's MAC is not looked at: whoever uses the key compares it with its certificate.
 */

import { copy } from "../lib/bytes.js";
import { TAG, contextTag } from "./der.js";
import { guard, read } from "./der_reader.js";
import { DerError, UnsupportedKeyError } from "./errors.js";
import { OID } from "./oids.js";
import { open } from "./pbes2.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./der_reader.js").Element} Element */
/** @typedef {{encryptedKey: Bytes, certificates: Bytes[]}} PfxContents */

const MAX_BYTES = 64 * 1024;
const EXPLICIT_0 = contextTag(0);
const OCTETS_IMPLICIT_0 = 0x80;

/**
 * Read a PKCS#12 file with one key.
 * @param {Uint8Array} der
 * @param {string} password
 * @returns {Promise<PfxContents>}
 * @throws {import("./errors.js").WrongPasswordError}
 * @throws {DerError} when it is no such file
 * @throws {UnsupportedKeyError} when it is locked in a way that is not read here
 */
export async function readPfx(der, password) {
  guard(der, { maxBytes: MAX_BYTES });
  const [version, content] = read(der, TAG.SEQUENCE).children();
  if (version?.tag !== TAG.INTEGER || version.number() !== 3 || !content)
    throw new DerError("not a PKCS#12 file");
  const infos = read(dataIn(content), TAG.SEQUENCE).children();
  const bags = [];
  for (const info of infos) bags.push(...(await bagsIn(info, password)));
  const keys = valuesOf(bags, OID.shroudedKeyBag).map((one) => copy(one.whole));
  if (keys.length !== 1) throw new UnsupportedKeyError(`${keys.length} keys`);
  const certificates = valuesOf(bags, OID.certBag).map(certificateIn);
  return { encryptedKey: keys[0], certificates };
}

/**
 * @param {Element} info ContentInfo
 * @param {string} password
 * @returns {Promise<Element[]>}
 */
async function bagsIn(info, password) {
  const [type] = info.expect(TAG.SEQUENCE).children();
  const plain =
    type?.oid() === OID.encryptedData
      ? await opened(info, password)
      : dataIn(info);
  return read(plain, TAG.SEQUENCE).children();
}

/**
 * @param {Element} info
 * @param {string} password
 */
async function opened(info, password) {
  const [, wrapped] = info.children();
  const [, inner] = inside(wrapped).expect(TAG.SEQUENCE).children();
  const [, algorithm, ciphertext] = inner?.expect(TAG.SEQUENCE).children() ?? [];
  if (ciphertext === undefined) throw new DerError("nothing is encrypted");
  return open(algorithm, ciphertext.expect(OCTETS_IMPLICIT_0).content, password);
}

/** @param {Element} info */
function dataIn(info) {
  const [type, wrapped] = info.expect(TAG.SEQUENCE).children();
  if (type?.oid() !== OID.data) throw new UnsupportedKeyError("another content");
  return inside(wrapped).octets();
}

/**
 * @param {Element[]} bags
 * @param {string} kind
 */
function valuesOf(bags, kind) {
  return bags
    .map((bag) => bag.expect(TAG.SEQUENCE).children())
    .filter(([type]) => type?.oid() === kind)
    .map(([, value]) => inside(value));
}

/** @param {Element} value CertBag */
function certificateIn(value) {
  const [, wrapped] = value.expect(TAG.SEQUENCE).children();
  return inside(wrapped).octets();
}

/** @param {Element | undefined} wrapped */
function inside(wrapped) {
  const [found] = wrapped?.expect(EXPLICIT_0).children() ?? [];
  if (found === undefined) throw new DerError("an empty wrapping");
  return found;
}
