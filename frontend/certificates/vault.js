/**
 * Certificate passwords that this device opens by fingerprint, face or its own PIN.
 *
 * A credential of the device (WebAuthn) answers a random salt with 32 octets that only it
 * knows (the extension `prf`, WebAuthn Level 3 10.1.4), and only after it has verified its
 * user. A key from them (HKDF, RFC 5869) seals passwords with AES-256-GCM. The credential
 * signs in nowhere: no server knows it, and what it signs is thrown away. The key file of
 * a certificate stays as it is, and its password opens it as before.
 */
import { base64url, concat, copy, equal, fromUtf8, hex, utf8 } from "../lib/bytes.js";
import { CodedError, errorName } from "../lib/errors.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../lib/random.js").Random} Random */

/**
 * A password under the vault's key.
 * @typedef {{nonce: Uint8Array, ciphertext: Uint8Array, at: number}} SealedPassword
 */

/**
 * The vault of a browser as its store keeps it; there is one, or none.
 * @typedef {object} VaultRecord
 * @property {"vault"} id
 * @property {Uint8Array} credentialId
 * @property {Uint8Array} salt what the credential is asked with
 * @property {string[]} transports
 * @property {Record<string, SealedPassword>} passwords by the id of their certificate
 */

/**
 * @typedef {object} VaultStore
 * @property {() => Promise<VaultRecord | undefined>} vault
 * @property {(change: (vault: VaultRecord | undefined) => VaultRecord | undefined)
 *   => Promise<void>} changeVault in one transaction; undefined takes it away
 */

/**
 * @typedef {object} Dependencies
 * @property {() => Promise<VaultStore>} openStore
 * @property {Pick<CredentialsContainer, "create" | "get"> | undefined} credentials
 * @property {any} api `PublicKeyCredential` of the browser, undefined where it has none
 * @property {Random} random
 * @property {() => number} now milliseconds
 * @property {() => {site: string, name: string, host: string}} names what the device's own
 *   windows call the site and what is opened here, and the host of the page
 */

const INFO = "certferry vault 1";
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const KEY_BYTES = 32;
/** A sealed password tells its length to within so many octets. */
const BLOCK = 128;
const LENGTH_BYTES = 2;
/** How long the device's window stays. */
const TIMEOUT_MS = 120_000;
/** ES256 and RS256 (RFC 9053, RFC 8812): what authenticators have; nothing is verified. */
const ALGORITHMS = [-7, -257];

/** What the platform's errors mean here; every other is `vault_failed`. */
const ERROR_CODES = Object.freeze(
  /** @type {Record<string, string>} */ ({
    NotAllowedError: "vault_cancelled",
    AbortError: "vault_cancelled",
    TimeoutError: "vault_cancelled",
    SecurityError: "vault_address",
    NotSupportedError: "vault_unsupported",
    ConstraintError: "vault_no_verification",
  }),
);

/**
 * The device did not open the vault. Codes: `vault_unsupported` (the browser cannot),
 * `vault_no_prf` (it can, but this device gives no key), `vault_no_verification` (no
 * fingerprint, face or PIN is set up), `vault_address` (not at this address),
 * `vault_cancelled`, `vault_empty` (nothing is sealed for this certificate),
 * `vault_changed` (it gave another key than before), `vault_failed`.
 */
export class VaultError extends CodedError {}

/** The vault of this browser. */
export class Vault {
  #deps;

  /** @param {Dependencies} deps */
  constructor(deps) {
    this.#deps = deps;
  }

  /**
   * Tell what is known to be in the way before anything is tried; where the browser does
   * not say, trying tells.
   * @returns {Promise<"vault_address" | "vault_unsupported" | null>} null where nothing is
   */
  async findObstacle() {
    const { api, credentials, names } = this.#deps;
    if (isAddress(names().host)) return "vault_address";
    if (api === undefined || credentials === undefined) return "vault_unsupported";
    // WebAuthn Level 3 5.1.7: what is absent is not known.
    const capabilities = await api.getClientCapabilities?.().catch(() => ({}));
    return capabilities?.["extension:prf"] === false ? "vault_unsupported" : null;
  }

  /**
   * Return since when the password of a certificate is here, in milliseconds; null where
   * it is not.
   * @param {string} id of the certificate
   * @returns {Promise<number | null>}
   */
  async sealedAt(id) {
    const vault = await (await this.#deps.openStore()).vault();
    return vault?.passwords[id]?.at ?? null;
  }

  /**
   * Seal the password of a certificate; the first one makes the credential.
   * @param {string} id of the certificate
   * @param {string} password that was just seen to open its key
   * @returns {Promise<void>} when it was read back and opened again
   * @throws {VaultError}
   */
  async add(id, password) {
    const store = await this.#deps.openStore();
    const { vault, secret } = await this.#prepare(await store.vault());
    const key = await deriveKey(secret);
    const sealed = await seal(key, password, context(vault, id), {
      nonce: this.#deps.random(NONCE_BYTES),
      at: this.#deps.now(),
    });
    let isOther = false;
    await store.changeVault((stored) => {
      isOther = stored !== undefined && !equal(stored.credentialId, vault.credentialId);
      if (isOther) return stored; // another tab was first
      return { ...vault, passwords: { ...stored?.passwords, [id]: sealed } };
    });
    if (isOther) throw new VaultError("vault_changed");
    const sealedPassword = (await store.vault())?.passwords[id];
    if (sealedPassword === undefined || (await open(key, sealedPassword, context(vault, id))) !== password)
      throw new VaultError("vault_failed");
  }

  /**
   * Have the device verify its user, and return the password of a certificate.
   * @param {string} id of the certificate
   * @returns {Promise<string>}
   * @throws {VaultError}
   */
  async open(id) {
    const vault = await (await this.#deps.openStore()).vault();
    const sealed = vault?.passwords[id];
    if (vault === undefined || sealed === undefined) throw new VaultError("vault_empty");
    const key = await deriveKey(await this.#ask(vault));
    return open(key, sealed, context(vault, id));
  }

  /**
   * Take the password of a certificate out. With the last one the credential goes from
   * here; where the browser takes the hint, it goes from the device too.
   * @param {string} id of the certificate
   * @returns {Promise<void>}
   */
  async remove(id) {
    const store = await this.#deps.openStore();
    /** @type {Uint8Array | undefined} */
    let unused;
    await store.changeVault((vault) => {
      if (vault === undefined) return undefined;
      const { [id]: _removed, ...passwords } = vault.passwords;
      unused = Object.keys(passwords).length === 0 ? vault.credentialId : undefined;
      return unused === undefined ? { ...vault, passwords } : undefined;
    });
    if (unused !== undefined) await this.#forgetCredential(unused);
  }

  /**
   * Return the vault with its secret: the one there is, or a new one.
   * @param {VaultRecord | undefined} vault
   */
  async #prepare(vault) {
    if (vault !== undefined) return { vault, secret: await this.#ask(vault) };
    const salt = this.#deps.random(SALT_BYTES);
    const { credential, secret, isPrfThere } = await this.#create(salt);
    const credentialId = copy(credential.rawId);
    /** @type {string[]} */
    const transports = credential.response.getTransports?.() ?? [];
    /** @type {VaultRecord} */
    const created = { id: "vault", credentialId, salt, transports, passwords: {} };
    if (secret !== null) return { vault: created, secret };
    try {
      // Many give the secret only when they are asked the second time.
      if (isPrfThere) return { vault: created, secret: await this.#ask(created) };
      throw new VaultError("vault_no_prf");
    } catch (error) {
      await this.#forgetCredential(credentialId);
      throw error;
    }
  }

  /** @param {Bytes} salt */
  async #create(salt) {
    const { site, name } = this.#deps.names();
    const publicKey = {
      rp: { name: site },
      user: { id: this.#deps.random(16), name, displayName: name },
      challenge: this.#deps.random(32),
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
      timeout: TIMEOUT_MS,
      attestation: "none",
      authenticatorSelection: {
        // Android gives a secret only for a credential that it can find by itself.
        residentKey: "preferred",
        userVerification: "required",
      },
      hints: ["client-device"],
      extensions: { prf: { eval: { first: salt } } },
    };
    const credential = await this.#run((credentials) =>
      credentials.create(/** @type {any} */ ({ publicKey })),
    );
    const { prf } = credential.getClientExtensionResults();
    const secret = prf?.results?.first ? new Uint8Array(prf.results.first) : null;
    return { credential, secret, isPrfThere: prf?.enabled === true };
  }

  /** @param {VaultRecord} vault @returns {Promise<Uint8Array>} the secret, 32 octets */
  async #ask({ credentialId, salt, transports }) {
    const publicKey = {
      challenge: this.#deps.random(32),
      allowCredentials: [{ type: "public-key", id: copy(credentialId), transports }],
      timeout: TIMEOUT_MS,
      userVerification: "required",
      extensions: { prf: { eval: { first: copy(salt) } } },
    };
    const credential = await this.#run((credentials) =>
      credentials.get(/** @type {any} */ ({ publicKey })),
    );
    const first = credential.getClientExtensionResults().prf?.results?.first;
    if (first === undefined) throw new VaultError("vault_no_prf");
    return new Uint8Array(first);
  }

  /**
   * @param {(credentials: Pick<CredentialsContainer, "create" | "get">)
   *   => Promise<Credential | null>} work
   * @returns {Promise<any>}
   */
  async #run(work) {
    const { api, credentials } = this.#deps;
    if (api === undefined || credentials === undefined)
      throw new VaultError("vault_unsupported");
    try {
      const credential = await work(credentials);
      if (credential === null) throw new VaultError("vault_failed");
      return credential;
    } catch (error) {
      if (error instanceof VaultError) throw error;
      const code = ERROR_CODES[errorName(error)] ?? "vault_failed";
      throw new VaultError(code, { cause: error });
    }
  }

  /**
   * Tell the device that a credential is used no more (WebAuthn Level 3 5.1.10).
   * @param {Uint8Array} credentialId
   */
  async #forgetCredential(credentialId) {
    const { api } = this.#deps;
    const hint = { rpId: this.#deps.names().host, credentialId: base64url(credentialId) };
    await api?.signalUnknownCredential?.(hint).catch(() => undefined);
  }
}

/**
 * Tell whether a page's host is an IP address: those have no credentials, since a relying
 * party is named by a domain (WebAuthn Level 3 5.1.3, step 8).
 * @param {string} host as `location.hostname` has it; IPv6 in brackets
 */
export const isAddress = (host) => host.startsWith("[") || /^\d+(\.\d+){3}$/.test(host);

/**
 * Derive the vault's key, and wipe the secret that it came from.
 * @param {Uint8Array} secret
 * @returns {Promise<CryptoKey>}
 * @throws {VaultError} `vault_no_prf` where the secret is no whole one
 */
async function deriveKey(secret) {
  if (secret.length !== KEY_BYTES) throw new VaultError("vault_no_prf");
  const raw = copy(secret);
  try {
    const base = await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveKey"]);
    const kdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8(INFO) };
    const cipher = { name: "AES-GCM", length: 256 };
    return await crypto.subtle.deriveKey(kdf, base, cipher, false, ["encrypt", "decrypt"]);
  } finally {
    raw.fill(0);
    secret.fill(0);
  }
}

/**
 * Return what a sealed password is bound to: this credential and this certificate.
 * @param {Pick<VaultRecord, "credentialId">} vault
 * @param {string} id
 */
const context = ({ credentialId }, id) => utf8([INFO, hex(credentialId), id].join("\n"));

/**
 * @param {CryptoKey} key
 * @param {string} password
 * @param {Bytes} additionalData
 * @param {{nonce: Bytes, at: number}} parts
 * @returns {Promise<SealedPassword>}
 */
async function seal(key, password, additionalData, { nonce, at }) {
  const octets = utf8(password);
  const head = Uint8Array.of(octets.length >> 8, octets.length & 0xff);
  const plain = concat(head, octets, new Uint8Array(BLOCK - ((octets.length + 2) % BLOCK)));
  octets.fill(0);
  try {
    const cipher = { name: "AES-GCM", iv: nonce, additionalData };
    return { nonce, ciphertext: copy(await crypto.subtle.encrypt(cipher, key, plain)), at };
  } finally {
    plain.fill(0);
  }
}

/**
 * @param {CryptoKey} key
 * @param {SealedPassword} sealed
 * @param {Bytes} additionalData
 * @returns {Promise<string>}
 */
async function open(key, { nonce, ciphertext }, additionalData) {
  const cipher = { name: "AES-GCM", iv: copy(nonce), additionalData };
  const plain = await crypto.subtle.decrypt(cipher, key, copy(ciphertext)).then(
    (octets) => new Uint8Array(octets),
    (error) => {
      throw new VaultError("vault_changed", { cause: error });
    },
  );
  try {
    const length = (plain[0] << 8) | plain[1];
    return fromUtf8(plain.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  } finally {
    plain.fill(0);
  }
}
