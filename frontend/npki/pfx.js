/**
 * PKCS#12 files (RFC 7292): keys and certificates under one password.
 *
 * Reads what programs wrote in thirty years, in DER and BER, and checks the MAC; writes
 * today's encoding and one for older importers. A key's PrivateKeyInfo stays byte for
 * byte, R included. Twin of mobile_bridge/npki/pfx.py.
 */

import { concat, copy } from "../lib/bytes.js";
import { loadModule } from "../lib/lazy.js";
import { randomBytes } from "../lib/random.js";
import { MAX_BYTES, toDer } from "../pki/der/ber.js";
import { read } from "../pki/der/der_reader.js";
import {
  TAG,
  bmpString,
  contextTag,
  element,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  tagged,
} from "../pki/der/der_writer.js";
import { DerError } from "../pki/der/errors.js";
import { OID } from "../pki/der/oids.js";
import { KeyFormError, UnknownKeyError, WrongPasswordError } from "./encryption/errors.js";
import { KeyMissingError, PasswordNotAsciiError, PfxDamagedError, PfxFormError, TooLargeFileError } from "./errors.js";
import { encryptKey, isPrivateKeyInfo } from "./key_file.js";
import { checkTotalWork } from "./encryption/kdf/kdf_limits.js";
import { decrypt, encrypt } from "./encryption/pbe.js";
import { KeyForm, createScheme, readScheme, workOf } from "./encryption/schemes.js";
import "./pfx_messages.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../pki/der/der_reader.js").Element} Element */
/** @typedef {import("./encryption/schemes.js").Scheme} Scheme */
/** @typedef {import("./pfx_mac.js").Mac} Mac */
/** @typedef {import("./encryption/pbe.js").Stopping} Stopping */
/**
 * @typedef {object} PfxKey
 * @property {Bytes} privateKeyInfo byte for byte
 * @property {Bytes | null} encryptedKey EncryptedPrivateKeyInfo; null where the file has
 *   the key without a lock of its own
 * @property {string} friendlyName empty where there is none
 * @property {Bytes | null} localKeyId
 */
/** @typedef {{der: Bytes, friendlyName: string, localKeyId: Bytes | null}} PfxCertificate */
/** @typedef {{keys: PfxKey[], certificates: PfxCertificate[]}} PfxContents */
/**
 * @typedef {object} PfxInput
 * @property {Uint8Array} privateKeyInfo
 * @property {Uint8Array} certificate DER
 * @property {Uint8Array[]} chain DER, the issuer first
 * @property {string} password
 * @property {string} friendlyName what key stores show
 */
/**
 * @typedef {object} PfxOptions
 * @property {"modern" | "older"} [encoding] `older` is what importers before about 2020
 *   take: triple DES and SHA-1, which are weak
 * @property {import("../lib/random.js").Random} [random]
 * @property {number} [rounds] of each encryption
 * @property {number} [macRounds]
 */
/** @typedef {{scheme: Scheme, ciphertext: Bytes}} Encrypted */
/** @typedef {{type: string, value: Element, attributes: Element | undefined}} Bag */
/** @typedef {{content: Bytes, safes: (Encrypted | Bytes)[], mac: Mac | null}} Pfx */

const VERSION = 3;
const EXPLICIT_0 = contextTag(0);
const OCTETS_IMPLICIT_0 = 0x80;
const SALT = 16;
const MAX_NESTED_SAFES = 4;
/** Signed and enveloped data: under a public key instead of a password (RFC 7292 3.1). */
const UNDER_A_KEY = new Set(["1.2.840.113549.1.7.2", "1.2.840.113549.1.7.3"]);
/** @type {ReadonlySet<string>} */
const KEY_BAGS = new Set([OID.keyBag, OID.shroudedKeyBag]);

// The MAC is the cheapest way to try passwords, so the usual 2,048 will not do. PBMAC1
// (RFC 9579) would cure it; too few programs read it yet.
const ENCODINGS = Object.freeze({
  modern: {
    form: KeyForm.D,
    hash: /** @type {const} */ ("SHA-256"),
    rounds: undefined,
    macRounds: 100_000,
  },
  older: {
    form: KeyForm.P,
    hash: /** @type {const} */ ("SHA-1"),
    rounds: 50_000,
    macRounds: 50_000,
  },
});

const loadMac = () => loadModule(() => import("./pfx_mac.js"));

/**
 * Read a PKCS#12 file.
 * @param {Uint8Array} octets
 * @param {string} password
 * @param {Stopping} [options]
 * @returns {Promise<PfxContents>} in the order of the file; without keys where it has none
 * @throws {WrongPasswordError} when no reading of the password opens it
 * @throws {PfxDamagedError} when the password opens a part, and the MAC does not fit
 * @throws {PfxFormError} when it is no such file, or damaged
 * @throws {UnknownKeyError} when it is locked in a way that is not read here
 * @throws {import("./encryption/kdf/kdf_limits.js").TooMuchWorkError} when it asks for
 *   too much work
 * @throws {TooLargeFileError} when it is larger than such a file
 */
export async function readPfx(octets, password, options) {
  if (octets.length > MAX_BYTES) throw new TooLargeFileError();
  return withFormErrors(async () => {
    const pfx = await parse(octets);
    await checkMac(pfx, password, options);
    return collect(await openSafes(pfx.safes, password, options), password, options);
  });
}

/**
 * Return every EncryptedPrivateKeyInfo that can be seen without a password, in DER.
 * @param {Uint8Array} octets
 * @returns {Promise<Bytes[]>}
 * @throws {PfxFormError} when it is no PKCS#12 file, or damaged
 * @throws {KeyMissingError} when it has no such key
 * @throws {UnknownKeyError | TooLargeFileError
 *   | import("./encryption/kdf/kdf_limits.js").TooMuchWorkError} as readPfx()
 */
export async function encryptedKeys(octets) {
  const keys = (await openBags(octets))
    .filter(({ type }) => type === OID.shroudedKeyBag)
    .map(({ value }) => copy(value.der));
  if (keys.length === 0) throw new KeyMissingError();
  return keys;
}

/**
 * Tell whether a private key lies in a PKCS#12 file without any encryption.
 * @param {Uint8Array} octets
 * @returns {Promise<boolean>}
 * @throws {PfxFormError | UnknownKeyError | TooLargeFileError
 *   | import("./encryption/kdf/kdf_limits.js").TooMuchWorkError} as readPfx()
 */
export async function hasPlainKey(octets) {
  return (await openBags(octets)).some(({ type }) => type === OID.keyBag);
}

/**
 * Return the bags that can be seen without a password.
 * @param {Uint8Array} octets
 * @returns {Promise<Bag[]>}
 */
async function openBags(octets) {
  if (octets.length > MAX_BYTES) throw new TooLargeFileError();
  const { safes } = await withFormErrors(() => parse(octets));
  return safes
    .filter((safe) => safe instanceof Uint8Array)
    .flatMap((safe) => readBags(safe));
}

/**
 * Make a PKCS#12 file.
 * @param {PfxInput} contents
 * @param {PfxOptions} [options]
 * @returns {Promise<Bytes>} DER
 * @throws {PasswordNotAsciiError} because Java and others read such files differently
 * @throws {KeyFormError} when it is no PrivateKeyInfo
 */
export async function writePfx(contents, options = {}) {
  const { privateKeyInfo, certificate, chain, password, friendlyName } = contents;
  if (!/^[ -~]+$/.test(password)) throw new PasswordNotAsciiError();
  const { random = randomBytes, encoding = "modern" } = options;
  const { form, hash, ...usual } = ENCODINGS[encoding];
  const { rounds = usual.rounds, macRounds = usual.macRounds } = options;
  const labels = await createLabels(certificate, friendlyName);
  const encrypted = await encryptKey(privateKeyInfo, password, form, { random, rounds });
  const certificates = sequence(
    createCertificateBag(certificate, labels),
    ...chain.map((issuer) => createCertificateBag(issuer)),
  );
  const scheme = createScheme(form, { random, rounds });
  const safe = sequence(
    // Certificates name their holder, so they are encrypted too.
    createEncryptedInfo(await encrypt(scheme, certificates, password)),
    createDataInfo(sequence(createBag(OID.shroudedKeyBag, encrypted, labels))),
  );
  const { createMac } = await loadMac();
  const mac = await createMac({ hash, salt: random(SALT), rounds: macRounds }, safe, password);
  return sequence(integer(VERSION), createDataInfo(safe), mac);
}

/**
 * Do `work`; what is no DER is a file that is damaged.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function withFormErrors(work) {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DerError || error instanceof KeyFormError) throw new PfxFormError();
    throw error;
  }
}

/**
 * Take a file apart, its work within the limits; nothing is opened yet.
 * @param {Uint8Array} octets
 * @returns {Promise<Pfx>}
 */
async function parse(octets) {
  const [version, info, macData, ...more] = read(toDer(octets), TAG.SEQUENCE).children();
  if (version?.number() !== VERSION || !info || more.length > 0)
    throw new DerError("not a PKCS#12 file");
  const [type, value] = readInfo(info);
  expectType(type, OID.data);
  const content = value.octets();
  const infos = read(toDer(content), TAG.SEQUENCE).children();
  const safes = infos.map(readSafe);
  const mac = macData === undefined ? null : (await loadMac()).readMac(macData);
  checkTotalWork([...safes.flatMap(worksOf), ...(mac === null ? [] : [mac.rounds])]);
  return { content, safes, mac };
}

/**
 * Read a ContentInfo of an AuthenticatedSafe: octets as they are, or encrypted ones.
 * @param {Element} info
 * @returns {Encrypted | Bytes}
 */
function readSafe(info) {
  const [type, value] = readInfo(info);
  if (type === OID.data) return value.octets();
  expectType(type, OID.encryptedData);
  // RFC 5652 8: version, and type, algorithm and ciphertext.
  const [, inner] = value.expect(TAG.SEQUENCE).children();
  const [, algorithm, ciphertext, ...more] = inner?.expect(TAG.SEQUENCE).children() ?? [];
  if (ciphertext === undefined || more.length > 0) throw new DerError("nothing is encrypted");
  return { scheme: readScheme(algorithm), ciphertext: readImplicitOctets(ciphertext) };
}

/** @param {string} type @param {string} expected */
function expectType(type, expected) {
  if (UNDER_A_KEY.has(type)) throw new UnknownKeyError("under a public key");
  if (type !== expected) throw new DerError(`content of type ${type}`);
}

/** @param {Encrypted | Bytes} safe */
function worksOf(safe) {
  if (!(safe instanceof Uint8Array)) return [workOf(safe.scheme)];
  return readBags(safe)
    .filter(({ type }) => type === OID.shroudedKeyBag)
    .map(({ value }) => workOf(readKey(value).scheme));
}

/**
 * @param {Pfx} pfx
 * @param {string} password
 * @param {Stopping} [options]
 */
async function checkMac({ content, safes, mac }, password, options) {
  if (mac === null) return;
  const { macFits } = await loadMac();
  if (await macFits(mac, content, password, options)) return;
  // HMAC, and so PBKDF2, fills its key with zeros (RFC 2104 2): what opens then is no sign
  // that the password is right.
  const isPadded = password.endsWith("\0");
  const isDamaged = !isPadded && (await opensAny(safes, password, options));
  throw isDamaged ? new PfxDamagedError() : new WrongPasswordError();
}

/**
 * Tell whether the password opens a part of the file.
 * @param {(Encrypted | Bytes)[]} safes
 * @param {string} password
 * @param {Stopping} [options]
 */
async function opensAny(safes, password, options) {
  for (const safe of safes) {
    const locked = safe instanceof Uint8Array
      ? readBags(safe).filter(({ type }) => type === OID.shroudedKeyBag)
        .map(({ value }) => ({ ...readKey(value), accepts: isPrivateKeyInfo }))
      : [{ ...safe, accepts: isSequence }];
    for (const { scheme, ciphertext, accepts } of locked)
      if (await opens(decrypt(scheme, ciphertext, password, accepts, options))) return true;
  }
  return false;
}

/** @param {Promise<Bytes>} opening */
async function opens(opening) {
  try {
    await opening;
    return true;
  } catch (error) {
    if (error instanceof WrongPasswordError || error instanceof DerError) return false;
    throw error;
  }
}

/**
 * @param {(Encrypted | Bytes)[]} safes
 * @param {string} password
 * @param {Stopping} [options]
 * @returns {Promise<Bag[]>}
 */
async function openSafes(safes, password, options) {
  const bags = [];
  for (const safe of safes) {
    const octets = safe instanceof Uint8Array
      ? safe
      : await decrypt(safe.scheme, safe.ciphertext, password, isSequence, options);
    bags.push(...readBags(octets));
  }
  return bags;
}

/**
 * @param {Bag[]} bags
 * @param {string} password
 * @param {Stopping} [options]
 * @returns {Promise<PfxContents>}
 */
async function collect(bags, password, options) {
  checkTotalWork(
    bags.filter(({ type }) => type === OID.shroudedKeyBag)
      .map(({ value }) => workOf(readKey(value).scheme)),
  );
  const keys = [];
  for (const bag of bags.filter(({ type }) => KEY_BAGS.has(type)))
    keys.push(await openKey(bag, password, options));
  const certificates = bags
    .filter(({ type }) => type === OID.certBag)
    .flatMap((bag) => readCertificateBag(bag));
  return { keys, certificates };
}

/**
 * @param {Bag} bag
 * @param {string} password
 * @param {Stopping} [options]
 * @returns {Promise<PfxKey>}
 */
async function openKey({ type, value, attributes }, password, options) {
  const labels = readLabels(attributes);
  const der = copy(value.der);
  if (type === OID.keyBag) {
    if (!isPrivateKeyInfo(der)) throw new DerError("not a PrivateKeyInfo");
    return { privateKeyInfo: der, encryptedKey: null, ...labels };
  }
  const { scheme, ciphertext } = readKey(value);
  const privateKeyInfo =
    await decrypt(scheme, ciphertext, password, isPrivateKeyInfo, options);
  return { privateKeyInfo, encryptedKey: der, ...labels };
}

/** @param {Element} value EncryptedPrivateKeyInfo @returns {Encrypted} */
function readKey(value) {
  const [algorithm, ciphertext, ...more] = value.expect(TAG.SEQUENCE).children();
  if (ciphertext === undefined || more.length > 0) throw new DerError("not a key");
  return { scheme: readScheme(algorithm), ciphertext: ciphertext.octets() };
}

/**
 * Return the certificate in a bag; none where it is of another kind than X.509.
 * @param {Bag} bag
 * @returns {PfxCertificate[]}
 */
function readCertificateBag({ value, attributes }) {
  const [type, wrapped] = value.expect(TAG.SEQUENCE).children();
  if (type?.oid() !== OID.x509Certificate) return [];
  // What was signed is DER, whatever a writer made of it since.
  return [{ der: toDer(unwrap(wrapped).octets()), ...readLabels(attributes) }];
}

/**
 * Read SafeContents, and those inside it.
 * @param {Uint8Array} octets
 * @returns {Bag[]}
 */
const readBags = (octets) => flatten(read(toDer(octets), TAG.SEQUENCE));

/** @param {Element} safe SafeContents @param {number} [depth] @returns {Bag[]} */
function flatten(safe, depth = MAX_NESTED_SAFES) {
  if (depth === 0) throw new DerError("too deep");
  return safe.expect(TAG.SEQUENCE).children().flatMap((bag) => {
    const [id, wrapped, attributes, ...more] = bag.expect(TAG.SEQUENCE).children();
    if (id === undefined || more.length > 0) throw new DerError("not a bag");
    const [type, value] = [id.oid(), unwrap(wrapped)];
    if (type === OID.safeContentsBag) return flatten(value, depth - 1);
    if (!KEY_BAGS.has(type) && type !== OID.certBag) return [];
    return [{ type, value: value.expect(TAG.SEQUENCE), attributes }];
  });
}

/**
 * Read what ties a key to its certificate (RFC 7292 4.2); what is damaged harms nothing.
 * @param {Element | undefined} attributes
 */
function readLabels(attributes) {
  const values = new Map((attributes?.expect(TAG.SET).children() ?? []).flatMap(readLabel));
  const [name, id] = [values.get(OID.friendlyName), values.get(OID.localKeyId)];
  return {
    friendlyName: orElse("", () => name?.text() ?? ""),
    localKeyId: orElse(null, () => id?.octets() ?? null),
  };
}

/** @param {Element} attribute @returns {[string, Element][]} */
function readLabel(attribute) {
  return orElse([], () => {
    const [id, set] = attribute.expect(TAG.SEQUENCE).children();
    const [value] = set?.expect(TAG.SET).children() ?? [];
    return value === undefined ? [] : [[id.oid(), value]];
  });
}

/**
 * Return what `work` returns, or another value where it meets no DER.
 * @template T
 * @param {T} other
 * @param {() => T} work
 * @returns {T}
 */
function orElse(other, work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof DerError) return other;
    throw error;
  }
}

/** @param {Element} info ContentInfo @returns {[string, Element]} */
function readInfo(info) {
  const [type, wrapped] = info.expect(TAG.SEQUENCE).children();
  if (type === undefined) throw new DerError("no type");
  return [type.oid(), unwrap(wrapped)];
}

/** @param {Element | undefined} wrapped */
function unwrap(wrapped) {
  const [content, ...more] = wrapped?.expect(EXPLICIT_0).children() ?? [];
  if (content === undefined || more.length > 0) throw new DerError("an empty wrapping");
  return content;
}

/**
 * Return the octets of an implicit string, which BER may have in pieces.
 * @param {Element} string
 * @returns {Bytes}
 */
function readImplicitOctets(string) {
  if (string.tag === OCTETS_IMPLICIT_0) return copy(string.content);
  const pieces = string.expect(EXPLICIT_0).children();
  return concat(...pieces.map((piece) => piece.octets()));
}

/** @param {Uint8Array} plain */
const isSequence = (plain) =>
  orElse(false, () => read(toDer(plain), TAG.SEQUENCE).children().length >= 0);

/**
 * Return the attributes that tie a key and its certificate together.
 * @param {Uint8Array} certificate
 * @param {string} friendlyName
 */
async function createLabels(certificate, friendlyName) {
  const id = copy(await crypto.subtle.digest("SHA-256", copy(certificate)));
  return setOf(
    sequence(oid(OID.friendlyName), setOf(bmpString(friendlyName))),
    sequence(oid(OID.localKeyId), setOf(octetString(id))),
  );
}

/**
 * @param {string} type
 * @param {Uint8Array} value
 * @param {...Uint8Array} labels
 */
const createBag = (type, value, ...labels) => sequence(oid(type), tagged(0, value), ...labels);

/** @param {Uint8Array} certificate @param {...Uint8Array} labels */
function createCertificateBag(certificate, ...labels) {
  const value = tagged(0, octetString(certificate));
  return createBag(OID.certBag, sequence(oid(OID.x509Certificate), value), ...labels);
}

/** @param {Uint8Array} content */
const createDataInfo = (content) =>
  sequence(oid(OID.data), tagged(0, octetString(content)));

/** @param {{algorithm: Bytes, ciphertext: Bytes}} encrypted @returns {Bytes} */
function createEncryptedInfo({ algorithm, ciphertext }) {
  const inside = element(OCTETS_IMPLICIT_0, ciphertext);
  const data = sequence(integer(0), sequence(oid(OID.data), algorithm, inside));
  return sequence(oid(OID.encryptedData), tagged(0, data));
}
