/**
 * BRG1, the handshake: every message and every key, from bytes to bytes.
 *
 * Twin of mobile_bridge/core/protocol.py; both read tests/vectors/brg1.json. Pure but for
 * WebCrypto: random values come in, nothing is sent, nothing is remembered. What two
 * devices do with it stands in handshake.js.
 */
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { concat, copy, equal, utf8 } from "../../lib/bytes.js";
import {
  expand, extract, hmac, lengthPrefix, ProtocolError, refusing, sha256, splitFields,
} from "./kdf.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {"Q" | "T"} Mode  QR code, or typed number */
/**
 * Who sends: the initiator (GS) or the responder (SG); or the responder makes a key, and
 * the initiator has its certificate issued (GK).
 * @typedef {"GS" | "SG" | "GK"} Dir
 */
/**
 * @typedef {{mode: Mode, dir: Dir, sid: Bytes, pkG: Bytes, commitment: Bytes}} Opening
 */
/**
 * @typedef {{th: Bytes, prk: Bytes, cG: Bytes, cS: Bytes, aGS: Bytes, aSG: Bytes,
 *   sas: Bytes}} Keys
 */

/** No shared secret: what a typed number stands on (the check code alone). */
export const NO_PSK = new Uint8Array(32);

const VERSION = "BRG1\x01";
const LENGTHS = { sid: 16, pkG: 1216, hash: 32, ec: 1168, fp: 16, code: 6 };
const SUITE = new CipherSuite({
  kem: new XWing(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/**
 * Return the pairing's name, which a QR code's seed stands for.
 * @param {Uint8Array} seed
 * @returns {Promise<Bytes>}
 */
export async function sessionId(seed) {
  return expand(await fromSeed(seed), lengthPrefix("BRG1", "sid", ""), LENGTHS.sid);
}

/**
 * Return the key only the camera that saw the QR code can know.
 * @param {Uint8Array} seed
 * @returns {Promise<Bytes>}
 */
export async function preSharedKey(seed) {
  return expand(await fromSeed(seed), lengthPrefix("BRG1", "psk", ""), 32);
}

/**
 * Return the X-Wing key pair of a 32-byte seed; the initiator uses one for one pairing.
 * @param {Bytes} seed
 * @returns {Promise<{key: CryptoKey, pkG: Bytes}>}
 */
export async function keyPair(seed) {
  const pair = await new XWing().generateKeyPairDerand(seed);
  const pkG = await SUITE.kem.serializePublicKey(pair.publicKey);
  return { key: pair.privateKey, pkG: new Uint8Array(pkG) };
}

/**
 * Make m1: what the initiator offers, and its commitment to nG.
 * @param {{mode: Mode, dir: Dir, sid: Uint8Array, pkG: Uint8Array, nG: Uint8Array}} of
 * @returns {Promise<Bytes>}
 */
export async function makeM1({ mode, dir, sid, pkG, nG }) {
  return lengthPrefix(VERSION, mode, dir, sid, pkG, await commitment(sid, pkG, nG));
}

/**
 * Read m1.
 * @param {Uint8Array} m1
 * @returns {Opening}
 * @throws {ProtocolError} when it is not a first message of this version
 */
export function readM1(m1) {
  const fields = splitFields(m1);
  if (fields.length !== 6 || !equal(fields[0], utf8(VERSION))) {
    throw new ProtocolError("not m1");
  }
  const [, mode, dir, sid, pkG, committed] = fields;
  if (sid.length !== LENGTHS.sid || pkG.length !== LENGTHS.pkG
      || committed.length !== LENGTHS.hash) {
    throw new ProtocolError("wrong sizes in m1");
  }
  return {
    mode: /** @type {Mode} */ (oneOf(mode, ["Q", "T"])),
    dir: /** @type {Dir} */ (oneOf(dir, ["GS", "SG", "GK"])),
    sid, pkG, commitment: committed,
  };
}

/**
 * Return what a QR code says about m1, so that no relay can put another in its place.
 * @param {Uint8Array} m1
 * @returns {Promise<Bytes>}
 */
export async function fingerprint(m1) {
  return (await sha256(lengthPrefix("BRG1 qr", m1))).slice(0, LENGTHS.fp);
}

/**
 * Make m2: the responder's secret kS for the holder of pkG, by one who knows the PSK.
 * @param {{m1: Uint8Array, psk: Uint8Array, kS: Uint8Array}} of
 * @returns {Promise<Bytes>}
 */
export async function makeM2({ m1, psk, kS }) {
  const { mode, pkG } = readM1(m1);
  const { enc, ct } = await SUITE.seal(
    { recipientPublicKey: await publicKey(pkG), info: await m2Info(m1) },
    copy(kS),
  );
  const ec = concat(new Uint8Array(enc), new Uint8Array(ct));
  return concat(ec, await m2Tag({ mode, m1, psk, ec }));
}

/**
 * Open m2 and return kS. The caller must have burnt `key` for any other use before.
 * @param {{m1: Uint8Array, m2: Uint8Array, psk: Uint8Array, key: CryptoKey}} of
 * @returns {Promise<Bytes>}
 * @throws {ProtocolError} when it is not for this m1, by one who knows the PSK
 */
export async function openM2({ m1, m2, psk, key }) {
  if (m2.length !== LENGTHS.ec + LENGTHS.hash) throw new ProtocolError("not m2");
  const [ec, tag] = [copy(m2.subarray(0, LENGTHS.ec)), m2.subarray(LENGTHS.ec)];
  const { mode } = readM1(m1);
  checkSame(tag, await m2Tag({ mode, m1, psk, ec }));
  const encSize = SUITE.kem.encSize;
  const opened = await refusing(async () => SUITE.open(
    { recipientKey: key, enc: ec.slice(0, encSize), info: await m2Info(m1) },
    ec.slice(encSize),
  ));
  if (opened.byteLength !== LENGTHS.hash) throw new ProtocolError("wrong size of kS");
  return new Uint8Array(opened);
}

/**
 * Check that `nG` is what m1 committed to.
 * @param {Uint8Array} m1
 * @param {Uint8Array} nG
 * @returns {Promise<void>}
 * @throws {ProtocolError} when it is another one
 */
export async function checkOpening(m1, nG) {
  const opening = readM1(m1);
  checkSame(opening.commitment, await commitment(opening.sid, opening.pkG, nG));
}

/**
 * Derive every key of a pairing from what both sides saw.
 * @param {{psk: Uint8Array, kS: Uint8Array, m1: Uint8Array, m2: Uint8Array,
 *   nG: Uint8Array}} of
 * @returns {Promise<Keys>}
 */
export async function deriveKeys({ psk, kS, m1, m2, nG }) {
  const th = await sha256(lengthPrefix(m1, m2, nG));
  const prk = await extract(psk, kS);
  const names = /** @type {const} */ (["cG", "cS", "aGS", "aSG", "sas"]);
  const [cG, cS, aGS, aSG, sas] = await Promise.all(
    names.map((name) => expand(prk, lengthPrefix("BRG1", name, th), 32)),
  );
  return { th, prk, cG, cS, aGS, aSG, sas };
}

/**
 * Return the initiator's proof that it holds the keys.
 * @param {Keys} keys
 * @returns {Promise<Bytes>}
 */
export function initiatorMac({ cG, th }) {
  return hmac(cG, lengthPrefix("G", th));
}

/**
 * Return the responder's proof that it holds the keys and saw the initiator's.
 * @param {Keys} keys
 * @returns {Promise<Bytes>}
 */
export async function responderMac(keys) {
  return hmac(keys.cS, lengthPrefix("S", keys.th, await initiatorMac(keys)));
}

/**
 * Return the six digits that a person carries from one screen to the other.
 * @param {Keys} keys
 * @returns {Promise<string>}
 */
export async function checkCode({ sas, th }) {
  const bytes = await expand(sas, lengthPrefix("BRG1", "code", th), 8);
  const number = new DataView(bytes.buffer).getBigUint64(0) % 10n ** BigInt(LENGTHS.code);
  return number.toString().padStart(LENGTHS.code, "0");
}

/**
 * Compare in constant time.
 * @param {Uint8Array} given
 * @param {Uint8Array} expected
 * @throws {ProtocolError} when they differ
 */
export function checkSame(given, expected) {
  if (!equal(given, expected)) throw new ProtocolError("another value");
}

/** @param {Uint8Array} seed */
function fromSeed(seed) {
  return extract(utf8("BRG1 qr seed"), seed);
}

/** @param {Uint8Array} sid @param {Uint8Array} pkG @param {Uint8Array} nG */
function commitment(sid, pkG, nG) {
  return sha256(lengthPrefix("BRG1 commit", sid, pkG, nG));
}

/** @param {Uint8Array} m1 */
async function m2Info(m1) {
  return lengthPrefix("BRG1 m2", await sha256(m1));
}

/**
 * A typed number shares no secret, so that its tag could prove nothing: zeros.
 * @param {{mode: Mode, m1: Uint8Array, psk: Uint8Array, ec: Uint8Array}} of
 * @returns {Promise<Bytes>}
 */
async function m2Tag({ mode, m1, psk, ec }) {
  if (mode === "T") return new Uint8Array(LENGTHS.hash);
  const key = await expand(psk, lengthPrefix("BRG1", "m2 auth", await sha256(m1)), 32);
  return hmac(key, lengthPrefix(ec));
}

/** @param {Bytes} pkG */
function publicKey(pkG) {
  return refusing(() => SUITE.kem.deserializePublicKey(pkG));
}

/** @param {Uint8Array} field @param {string[]} allowed */
function oneOf(field, allowed) {
  const text = String.fromCharCode(...field);
  if (!allowed.includes(text)) throw new ProtocolError("unknown word in m1");
  return text;
}
