/**
 * A holder's set, opened by its password: the key as it is, and its certificate. Pure.
 *
 * What is decrypted stays the bytes that it was, so that R inside stays. Twin of
 * mobile_bridge/npki/sets/opening.py.
 */

import { equal } from "../../lib/bytes.js";
import { errorCode } from "../../lib/errors.js";
import { readCertificate } from "../../pki/certificate.js";
import { DerError, PkiError } from "../../pki/der/errors.js";
import { buildChain } from "./ca_chain.js";
import { UnknownKeyError } from "../encryption/errors.js";
import { KeyMissingError } from "../errors.js";
import { isEncryptedKey } from "../files/file_contents.js";
import { checkKeyPair, decryptKey, readForm, toPrivateKeyInfo } from "../key_file.js";
import { encryptedKeys, readPfx } from "../pfx.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../files/folder.js").Holder} Holder */
/** @typedef {import("../files/folder.js").PfxFile} PfxFile */
/** @typedef {import("../pfx.js").PfxContents} PfxContents */
/** @typedef {import("../encryption/pbe.js").Stopping} Stopping */

/**
 * A certificate and its key, a PrivateKeyInfo byte for byte as it was made.
 * `encryptedKey` is how the key lay there; null, if it lay in the clear.
 * @typedef {{certificate: Bytes, privateKeyInfo: Bytes, encryptedKey: Bytes | null}} OpenedPair
 */
/**
 * The pair for signing, that for encryption if there is one, and the CA's chain.
 * @typedef {{signing: OpenedPair, management: OpenedPair | null, chain: Bytes[]}} OpenedSet
 */

export const PLAIN = "plain";

/** There is a key, and no certificate of its own. */
export class CertificateMissingError extends PkiError {
  code = "certificate_missing";
}

/** @param {Holder | PfxFile} source @returns {source is PfxFile} */
export const isPfxFile = (source) => "octets" in source;

/**
 * Return how the key of a set is encrypted: A, B, C, D, P, or `plain`. "" where there is
 * no key, or where it is inside of what is encrypted.
 * @param {Holder | PfxFile} source
 * @returns {Promise<string>}
 * @throws {PkiError} when the key is damaged, or encrypted in a way that cannot be read
 */
export async function readKeyForm(source) {
  if (isPfxFile(source)) {
    try {
      return readForm((await encryptedKeys(source.octets))[0]);
    } catch (error) {
      if (error instanceof KeyMissingError) return "";
      throw error;
    }
  }
  const key = source.signKey ?? source.kmKey;
  if (key === null) return "";
  return isEncryptedKey(key) ? readForm(key) : PLAIN;
}

/**
 * Tell whether the key of a set lies in the clear, so that no password is needed.
 * @param {Holder | PfxFile} source
 */
export function isOpen(source) {
  const key = isPfxFile(source) ? null : source.signKey;
  return key !== null && !isEncryptedKey(key);
}

/**
 * Return a set with its keys decrypted.
 * @param {Holder | PfxFile} source
 * @param {string} password
 * @param {Stopping} [options]
 * @returns {Promise<OpenedSet>}
 * @throws {import("../encryption/errors.js").WrongPasswordError} when the password does not open it
 * @throws {import("../errors.js").KeyMismatchError} when a key is not its certificate's
 * @throws {KeyMissingError | CertificateMissingError} when half of the set is not there
 * @throws {PkiError} when it is damaged, or encrypted in a way that cannot be read
 */
export async function openSet(source, password, options) {
  if (isPfxFile(source)) return openContents(await readPfx(source.octets, password, options));
  const own = certificatesOf(source);
  const signing = await openPair(source.signKey, own, { password, ...options });
  const { kmCert, kmKey, ca, candidates } = source;
  const hasManagement = kmCert !== null || kmKey !== null;
  const certificates = kmCert === null ? [] : [kmCert];
  const management = hasManagement
    ? await openPair(kmKey, certificates, { password, ...options })
    : null;
  return withChain(signing, management, [...ca, ...candidates]);
}

/**
 * Return the set in a PKCS#12 file that is open.
 * @param {PfxContents} contents
 * @returns {Promise<OpenedSet>}
 * @throws {KeyMissingError | CertificateMissingError} when half of it is not there
 * @throws {import("../errors.js").KeyMismatchError} when no key has its certificate there
 * @throws {UnknownKeyError} when no key has, and one of them cannot be compared
 */
export async function openContents({ keys, certificates }) {
  if (keys.length === 0) throw new KeyMissingError();
  const ders = certificates.map(({ der }) => der);
  const [signing, ...others] = await pairsOf(keys, ders);
  const name = readCertificate(signing.certificate).subjectDer;
  // The field's second pair is of the same holder.
  const management = others.find((pair) => equal(readCertificate(pair.certificate).subjectDer, name));
  return withChain(signing, management ?? null, ders);
}

/**
 * Return the PrivateKeyInfo of a key of a holder, encrypted or in the clear. A key of one
 * algorithm, as OpenSSL wrote it before PKCS#8, is put into one.
 * @param {Bytes | null} key
 * @param {string} password
 * @param {Stopping} [options]
 * @returns {Promise<Bytes>}
 * @throws {KeyMissingError} when there is none
 * @throws {import("../encryption/errors.js").WrongPasswordError} when the password does not open it
 * @throws {PkiError} when it is damaged, or encrypted in a way that cannot be read
 */
export async function openKey(key, password, options) {
  if (key === null) throw new KeyMissingError();
  return isEncryptedKey(key) ? decryptKey(key, password, options) : toPrivateKeyInfo(key);
}

/**
 * Return the certificates of which one is the signing key's.
 * @param {Holder} holder
 */
export const certificatesOf = ({ signCert, candidates }) =>
  signCert === null ? candidates : [signCert];

/**
 * Return the certificate of a key.
 * @param {Uint8Array} privateKeyInfo
 * @param {Bytes[]} certificates
 * @returns {Promise<Bytes>}
 * @throws {CertificateMissingError} when there is no certificate that can be read
 * @throws {import("../errors.js").KeyMismatchError} when it is none of them
 * @throws {UnknownKeyError} when it is none of those that it can be compared with
 */
export async function findOwn(privateKeyInfo, certificates) {
  /** @type {unknown[]} */
  const refusals = [];
  for (const certificate of certificates) {
    try {
      await checkKeyPair(privateKeyInfo, certificate);
      return certificate;
    } catch (error) {
      if (error instanceof DerError) continue;
      if (errorCode(error) === "") throw error;
      refusals.push(error);
    }
  }
  throw weightiest(refusals);
}

/**
 * Return what is true of all: nobody differs where one was not compared.
 * @param {unknown[]} refusals
 */
function weightiest(refusals) {
  const unknown = refusals.find((error) => error instanceof UnknownKeyError);
  return unknown ?? refusals[0] ?? new CertificateMissingError();
}

/**
 * @param {Bytes | null} key
 * @param {Bytes[]} certificates
 * @param {{password: string} & Stopping} options
 * @returns {Promise<OpenedPair>}
 */
async function openPair(key, certificates, { password, signal }) {
  const privateKeyInfo = await openKey(key, password, { signal });
  return {
    certificate: await findOwn(privateKeyInfo, certificates),
    privateKeyInfo,
    encryptedKey: key !== null && isEncryptedKey(key) ? key : null,
  };
}

/**
 * Return the keys that have their certificate there, at least one.
 * @param {PfxContents["keys"]} keys
 * @param {Bytes[]} certificates
 * @returns {Promise<OpenedPair[]>}
 */
async function pairsOf(keys, certificates) {
  /** @type {OpenedPair[]} */
  const pairs = [];
  /** @type {unknown[]} */
  const refusals = [];
  for (const { privateKeyInfo, encryptedKey } of keys) {
    try {
      const certificate = await findOwn(privateKeyInfo, certificates);
      pairs.push({ certificate, privateKeyInfo, encryptedKey });
    } catch (error) {
      if (!(error instanceof PkiError)) throw error;
      refusals.push(error);
    }
  }
  if (pairs.length === 0) throw weightiest(refusals);
  return pairs;
}

/**
 * @param {OpenedPair} signing
 * @param {OpenedPair | null} management
 * @param {Bytes[]} around
 * @returns {OpenedSet}
 */
function withChain(signing, management, around) {
  const own = [signing, management].flatMap((pair) => (pair ? [pair.certificate] : []));
  return { signing, management, chain: buildChain(own, around) };
}
