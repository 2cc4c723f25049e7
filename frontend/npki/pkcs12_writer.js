/**
 * PKCS#12 files (RFC 7292): a key, its certificate and the chain in one.
 *
 * Written only, in the modern encoding: PBES2 with AES-256, MAC with HMAC-SHA256.
 * The key bag holds the PrivateKeyInfo byte for byte, R included.
 */

import { sha256 } from "@hpke/common";
import { copy } from "../lib/bytes.js";
import { bmpString, element, integer, nullValue, octetString } from "../pki/der/der_writer.js";
import { oid, sequence, setOf, tagged } from "../pki/der/der_writer.js";
import { PasswordNotAsciiError } from "./errors.js";
import { OID } from "../pki/der/oids.js";
import { PURPOSE, derivePkcs12Key } from "./kdf.js";
import { encryptKey } from "./key_file.js";
import { terminated } from "./password.js";
import { encrypt } from "./pbe.js";
import { createScheme } from "./schemes.js";
import { randomBytes } from "../lib/random.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */

/**
 * @typedef {object} Pkcs12Input
 * @property {Uint8Array} key PrivateKeyInfo
 * @property {Uint8Array} certificate DER
 * @property {Uint8Array[]} chain DER, the issuer first
 * @property {string} password
 * @property {string} friendlyName what key stores show
 */

/**
 * @typedef {object} Options
 * @property {import("../lib/random.js").Random} [random]
 * @property {number} [rounds] of PBKDF2
 * @property {number} [macRounds]
 */

// The MAC is the cheapest way to try passwords, so the usual 2,048 will not do.
// PBMAC1 (RFC 9579) would cure it; too few programs read it yet.
const MAC_ROUNDS = 100_000;
const SALT = 16;
const MAC_BYTES = 32;
const OCTETS_IMPLICIT_0 = 0x80;

/**
 * Make a PKCS#12 file.
 * @param {Pkcs12Input} contents
 * @param {Options} [options]
 * @returns {Promise<Bytes>} DER
 * @throws {PasswordNotAsciiError} because Java and others read such files differently
 */
export async function createPkcs12(contents, options = {}) {
  const { random = randomBytes, macRounds = MAC_ROUNDS } = options;
  const { key, certificate, chain, password, friendlyName } = contents;
  if (!/^[ -~]+$/.test(password)) throw new PasswordNotAsciiError();
  const labels = await createLabels(certificate, friendlyName);
  const certificates = sequence(
    certificateBag(certificate, labels),
    ...chain.map((issuer) => certificateBag(issuer)),
  );
  const encrypted = await encryptKey(key, password, "D", options);
  const keys = sequence(bag(OID.shroudedKeyBag, encrypted, labels));
  const safe = sequence(
    await encryptedInfo(certificates, password, options),
    dataInfo(keys),
  );
  const salt = random(SALT);
  const mac = await computeMac(safe, { password, salt, rounds: macRounds });
  const algorithm = sequence(oid(OID.sha256), nullValue());
  const digest = sequence(algorithm, octetString(mac));
  const macData = sequence(digest, octetString(salt), integer(macRounds));
  return sequence(integer(3), dataInfo(safe), macData);
}

/**
 * Return the attributes that tie a key and its certificate together.
 * @param {Uint8Array} certificate
 * @param {string} friendlyName
 */
async function createLabels(certificate, friendlyName) {
  const id = await sha256Of(certificate);
  return setOf(
    sequence(oid(OID.friendlyName), setOf(bmpString(friendlyName))),
    sequence(oid(OID.localKeyId), setOf(octetString(id))),
  );
}

/**
 * @param {string} kind
 * @param {Uint8Array} value
 * @param {...Uint8Array} labels
 */
function bag(kind, value, ...labels) {
  return sequence(oid(kind), tagged(0, value), ...labels);
}

/** @param {Uint8Array} certificate @param {...Uint8Array} labels */
function certificateBag(certificate, ...labels) {
  const value = tagged(0, octetString(certificate));
  return bag(OID.certBag, sequence(oid(OID.x509Certificate), value), ...labels);
}

/** @param {Uint8Array} content */
function dataInfo(content) {
  return sequence(oid(OID.data), tagged(0, octetString(content)));
}

/**
 * Return `content` as encrypted data: certificates name their holder.
 * @param {Uint8Array} content
 * @param {string} password
 * @param {Options} options
 */
async function encryptedInfo(content, password, options) {
  const { random = randomBytes, rounds } = options;
  const scheme = createScheme("D", { random, rounds });
  const { algorithm, ciphertext } = await encrypt(scheme, content, password);
  const inside = element(OCTETS_IMPLICIT_0, ciphertext);
  const data = sequence(integer(0), sequence(oid(OID.data), algorithm, inside));
  return sequence(oid(OID.encryptedData), tagged(0, data));
}

/**
 * @param {Uint8Array} safe
 * @param {{password: string, salt: Uint8Array, rounds: number}} options
 */
async function computeMac(safe, options) {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const { salt, rounds } = options;
  const raw = await derivePkcs12Key({
    hash: sha256,
    characters: terminated(options.password),
    salt,
    rounds,
    purpose: PURPOSE.MAC,
    size: MAC_BYTES,
  });
  const key = await crypto.subtle.importKey("raw", raw, hmac, false, ["sign"]);
  return copy(await crypto.subtle.sign("HMAC", key, copy(safe)));
}

/** @param {Uint8Array} bytes */
async function sha256Of(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", copy(bytes)));
}
