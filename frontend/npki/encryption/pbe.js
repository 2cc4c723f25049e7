/**
 * Encryption under a password, as schemes.js reads and writes it.
 *
 * What the bytes are is not known here: a key and a bag of certificates are alike. What
 * no platform has is loaded when a file first asks for it. Twin of mobile_bridge/npki/encryption/pbe.py.
 */

import { untilAborted } from "./kdf/abort.js";
import { copy } from "../../lib/bytes.js";
import { loadModule } from "../../lib/lazy.js";
import { DerError } from "../../pki/der/errors.js";
import { WrongPasswordError } from "./errors.js";
import { isShort, isShortScrypt } from "./kdf/kdf_limits.js";
import { candidateCharacters, candidateSecrets } from "./password.js";
import { BLOCK_BYTES, writeScheme } from "./schemes.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./schemes.js").Scheme} Scheme */
/** @typedef {import("./schemes.js").Cipher} Cipher */
/** @typedef {import("./kdf/rare_kdf.js").RareHash} RareHash */
/** @typedef {import("./kdf/kdf_tasks.js").KdfRequest} KdfRequest */
/** @typedef {{key: Bytes, iv: Bytes}} KeyAndIv */
/** What a password opens may take long. @typedef {{signal?: AbortSignal}} Stopping */

/** What form C has in place of an IV of its own. */
const FIXED_IV = copy(Array.from("0123456789012345", (digit) => digit.charCodeAt(0)));
const PLATFORM_HASHES = new Set(["SHA-1", "SHA-256", "SHA-384", "SHA-512"]);
/** Key and IV that PBKDF1 gives for DES and RC2 (RFC 8018 6.1). */
const HALF = 8;

/**
 * Decrypt `ciphertext`, by the first reading of the password that fits.
 * @param {Scheme} scheme
 * @param {Uint8Array} ciphertext
 * @param {string} password
 * @param {(plain: Bytes) => boolean} accepts tells whether it has the form it must have
 * @param {Stopping} [options]
 * @returns {Promise<Bytes>}
 * @throws {WrongPasswordError} when no reading of the password leaves such a plaintext
 * @throws {DerError} when the ciphertext is damaged
 * @throws the reason of `signal`, once it is aborted
 */
export async function decrypt(scheme, ciphertext, password, accepts, { signal } = {}) {
  if (ciphertext.length === 0 || ciphertext.length % BLOCK_BYTES[scheme.cipher.name])
    throw new DerError("ciphertext that does not fill blocks");
  for (const derive of derivations(scheme, password, signal)) {
    const plain = await tryDecrypt(scheme.cipher, await derive(), ciphertext);
    // One wrong password in 256 leaves padding that looks right.
    if (plain !== null && accepts(plain)) return plain;
  }
  throw new WrongPasswordError();
}

/**
 * Encrypt `plain`.
 * @param {Scheme} scheme made by createScheme()
 * @param {Uint8Array} plain
 * @param {string} password
 * @returns {Promise<{algorithm: Bytes, ciphertext: Bytes}>}
 */
export async function encrypt(scheme, plain, password) {
  const [derive] = derivations(scheme, password);
  const { key, iv } = await derive();
  const ciphertext = await CIPHERS[scheme.cipher.name].encrypt(scheme.cipher, key, iv, plain);
  return { algorithm: writeScheme(scheme), ciphertext };
}

/**
 * Derive a key by PBKDF2, with any hash.
 * @param {Uint8Array} secret
 * @param {{hash: import("./schemes.js").HashName, salt: Bytes, rounds: number}} kdf
 * @param {number} size in bytes
 * @param {Stopping} [options]
 * @returns {Promise<Bytes>}
 */
export async function derivePbkdf2(secret, kdf, size, { signal } = {}) {
  const { hash, salt, rounds: iterations } = kdf;
  if (!PLATFORM_HASHES.has(hash)) {
    const request = { hash: /** @type {RareHash} */ (hash), secret, salt, rounds: iterations, size };
    if (isShort(hash, iterations)) return (await loadRareKdf()).derivePbkdf2(request);
    return (await loadSlowKdf()).deriveSlowly({ kdf: "pbkdf2", ...request }, signal);
  }
  // HMAC fills its key with zeros, and some platforms take no empty one.
  const octets = secret.length === 0 ? Uint8Array.of(0) : copy(secret);
  const base = await crypto.subtle.importKey("raw", octets, "PBKDF2", false, ["deriveBits"]);
  const parameters = { name: "PBKDF2", hash, salt, iterations };
  const derived = crypto.subtle.deriveBits(parameters, base, 8 * size);
  return copy(await untilAborted(derived, signal));
}

/**
 * Hash a password over and over: PBKDF1, or PKCS#12's own way.
 * @param {Extract<KdfRequest, {kdf: "pbkdf1" | "pkcs12"}> & {hash: "MD5" | "SHA-1"}} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<Bytes>}
 */
async function deriveByHashing(request, signal) {
  if (!isShort(request.hash, request.rounds))
    return (await loadSlowKdf()).deriveSlowly(request, signal);
  const { OLDER_HASHES, derivePbkdf1, derivePkcs12Key } = await loadKdf();
  const hash = OLDER_HASHES[request.hash];
  return request.kdf === "pbkdf1"
    ? derivePbkdf1({ ...request, hash }, { signal })
    : derivePkcs12Key({ ...request, hash }, { signal });
}

const loadKdf = () => loadModule(() => import("./kdf/kdf.js"));
const loadRareKdf = () => loadModule(() => import("./kdf/rare_kdf.js"));
const loadSlowKdf = () => loadModule(() => import("./kdf/slow_kdf.js"));
const loadOlder = () => loadModule(() => import("./older_ciphers.js"));
const loadSeed = () => loadModule(() => import("./seed.js"));
const loadAria = () => loadModule(() => import("./aria.js"));
const loadCbc = () => loadModule(() => import("./cbc.js"));

/**
 * Return what makes key and IV, for each reading of the password and of the scheme.
 * @param {Scheme} scheme
 * @param {string} password
 * @param {AbortSignal} [signal]
 * @returns {(() => Promise<KeyAndIv>)[]}
 */
function derivations(scheme, password, signal) {
  const { kdf } = scheme;
  if (kdf.name === "pkcs12") {
    return candidateCharacters(password).map((characters) => () =>
      derivePkcs12(scheme, { ...kdf, characters }, signal));
  }
  const ways = kdf.name === "fixed-iv" ? [deriveFixedIv, deriveFixedIvByPbkdf2] : [derive];
  return candidateSecrets(password).flatMap((secret) =>
    ways.map((way) => () => way(scheme, secret, signal)));
}

/** @typedef {(scheme: Scheme, secret: Bytes, signal?: AbortSignal) => Promise<KeyAndIv>} Way */

/** @type {Way} */
async function derive({ kdf, cipher: { keyBytes }, iv }, secret, signal) {
  if (kdf.name === "pbkdf2")
    return { key: await derivePbkdf2(secret, kdf, keyBytes, { signal }), iv: present(iv) };
  if (kdf.name === "scrypt")
    return { key: await deriveScrypt(secret, kdf, { size: keyBytes, signal }), iv: present(iv) };
  const hash = kdf.name === "pbkdf1" ? kdf.hash : "SHA-1";
  const { salt, rounds } = /** @type {{salt: Bytes, rounds: number}} */ (kdf);
  const derived = await deriveByHashing({ kdf: "pbkdf1", hash, secret, salt, rounds }, signal);
  if (kdf.name === "pbkdf1")
    return { key: derived.slice(0, HALF), iv: derived.slice(HALF, 2 * HALF) };
  // Form A: what is left of the hash after the key makes the IV.
  const rest = copy(await crypto.subtle.digest("SHA-1", derived.slice(keyBytes)));
  return { key: derived.slice(0, keyBytes), iv: rest.slice(0, FIXED_IV.length) };
}

/** @type {Way} */
async function deriveFixedIv(scheme, secret, signal) {
  const { key } = await derive(scheme, secret, signal);
  return { key, iv: FIXED_IV };
}

/** Some writers of form C took PBKDF2. @type {Way} */
async function deriveFixedIvByPbkdf2({ kdf, cipher }, secret, signal) {
  const { salt, rounds } = /** @type {{salt: Bytes, rounds: number}} */ (kdf);
  const sha1 = { hash: /** @type {const} */ ("SHA-1"), salt, rounds };
  const key = await derivePbkdf2(secret, sha1, cipher.keyBytes, { signal });
  return { key, iv: FIXED_IV };
}

/**
 * @param {Uint8Array} secret
 * @param {{salt: Uint8Array, n: number, r: number, p: number}} kdf
 * @param {{size: number, signal?: AbortSignal}} options size in bytes
 * @returns {Promise<Bytes>}
 */
async function deriveScrypt(secret, { salt, n, r, p }, { size, signal }) {
  const request = { secret, salt, n, r, p, size };
  if (isShortScrypt(request)) return (await loadRareKdf()).deriveScrypt(request, { signal });
  return (await loadSlowKdf()).deriveSlowly({ kdf: "scrypt", ...request }, signal);
}

/**
 * @param {Scheme} scheme
 * @param {{salt: Bytes, rounds: number, characters: Bytes}} password
 * @param {AbortSignal} [signal]
 * @returns {Promise<KeyAndIv>}
 */
async function derivePkcs12({ cipher }, { salt, rounds, characters }, signal) {
  const { PURPOSE } = await loadKdf();
  const derivePart = (/** @type {number} */ purpose, /** @type {number} */ size) =>
    deriveByHashing(
      { kdf: "pkcs12", hash: "SHA-1", characters, salt, rounds, purpose, size },
      signal,
    );
  return {
    key: await derivePart(PURPOSE.KEY, cipher.keyBytes),
    iv: await derivePart(PURPOSE.IV, BLOCK_BYTES[cipher.name]),
  };
}

/**
 * @typedef {object} CbcMode
 * @property {(cipher: Cipher, key: Bytes, iv: Bytes, plain: Uint8Array) => Promise<Bytes>} encrypt
 * @property {(cipher: Cipher, key: Bytes, iv: Bytes, ciphertext: Uint8Array) => Promise<Bytes>}
 *   decrypt throws a WrongPasswordError when the padding is none
 */

/** @type {CbcMode} */
const OLDER = {
  encrypt: async (...args) => (await loadOlder()).encryptOlder(...args),
  decrypt: async (...args) => (await loadOlder()).decryptOlder(...args),
};

/** @type {CbcMode} */
const AES = {
  encrypt: async (cipher, key, iv, plain) => {
    const imported = await importAesKey(key, "encrypt");
    if (imported === null) return OLDER.encrypt(cipher, key, iv, plain);
    const mode = { name: "AES-CBC", iv };
    return copy(await crypto.subtle.encrypt(mode, imported, copy(plain)));
  },
  decrypt: async (cipher, key, iv, ciphertext) => {
    const imported = await importAesKey(key, "decrypt");
    if (imported === null) return OLDER.decrypt(cipher, key, iv, ciphertext);
    const mode = { name: "AES-CBC", iv };
    try {
      return copy(await crypto.subtle.decrypt(mode, imported, copy(ciphertext)));
    } catch {
      throw new WrongPasswordError();
    }
  },
};

/** @type {Readonly<Record<Cipher["name"], CbcMode>>} */
const CIPHERS = Object.freeze({
  aes: AES,
  seed: ownCipher(async (key) => (await loadSeed()).createSeed(key)),
  aria: ownCipher(async (key) => (await loadAria()).createAria(key)),
  "3des": OLDER,
  des: OLDER,
  rc2: OLDER,
});

/**
 * @param {(key: Bytes) => Promise<import("./cbc.js").BlockCipher>} create
 * @returns {CbcMode}
 */
function ownCipher(create) {
  return {
    encrypt: async (_, key, iv, plain) =>
      (await loadCbc()).encryptCbc(await create(key), iv, plain),
    decrypt: async (_, key, iv, ciphertext) =>
      (await loadCbc()).decryptCbc(await create(key), iv, ciphertext),
  };
}

/**
 * Import a key; null where the platform has no AES of this length, as Chromium for 192.
 * @param {Bytes} key
 * @param {"encrypt" | "decrypt"} use
 */
async function importAesKey(key, use) {
  try {
    return await crypto.subtle.importKey("raw", key, "AES-CBC", false, [use]);
  } catch {
    return null;
  }
}

/**
 * @param {Cipher} cipher
 * @param {KeyAndIv} keyAndIv
 * @param {Uint8Array} ciphertext
 * @returns {Promise<Bytes | null>} null where the padding is none
 */
async function tryDecrypt(cipher, { key, iv }, ciphertext) {
  try {
    return await CIPHERS[cipher.name].decrypt(cipher, key, iv, ciphertext);
  } catch (error) {
    if (error instanceof WrongPasswordError) return null;
    throw error;
  }
}

/** Return the IV of a scheme under PBES2, which has one. @param {Bytes | null} iv */
function present(iv) {
  if (iv === null) throw new DerError("no IV");
  return iv;
}
