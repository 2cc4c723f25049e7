/**
 * A certificate that came from a file: looked at, opened once, and written in other forms.
 *
 * Knows no page. Its key stays as it lay there, byte for byte, until a person wants another
 * password or form; the open key is never kept, the password for as long as the page is. A
 * key that no password locks gets one before anything can be done with it.
 */
import { copy } from "../lib/bytes.js";
import { CodedError } from "../lib/errors.js";
import { diagnose } from "../npki/sets/diagnosis.js";
import { treeFor } from "../npki/files/folder.js";
import { KeyForm, changePassword, decryptKey, encryptKey } from "../npki/key_file.js";
import { isEncryptedKey } from "../npki/files/file_contents.js";
import { certificatesOf, isOpen, isPfxFile, openSet } from "../npki/sets/opening.js";
import { writePfx } from "../npki/pfx.js";
import { fingerprint, readCertificate } from "../pki/certificate.js";
import { isFieldForm } from "./field_forms.js";
import { relateFile } from "./file_relation.js";

/** @typedef {import("../npki/encryption/pbe.js").Stopping} Stopping */
/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../npki/files/folder.js").Holder} Holder */
/** @typedef {import("../npki/files/folder.js").PfxFile} PfxFile */
/** @typedef {import("../npki/files/folder.js").TreeFile} TreeFile */
/** @typedef {import("../npki/sets/diagnosis.js").Diagnosis} Diagnosis */
/** @typedef {import("../npki/sets/opening.js").OpenedPair} OpenedPair */
/** @typedef {import("../npki/sets/opening.js").OpenedSet} OpenedSet */
/** @typedef {import("./store.js").StoredCertificate} StoredCertificate */
/**
 * The files of it, once the password is right.
 * @typedef {{signCert: Bytes, signKey: Bytes, kmCert: Bytes | null, kmKey: Bytes | null,
 *   ca: Bytes[]}} Files
 */

/** What an NPKI folder is written as. @typedef {"as-it-is" | "npki-a" | "npki-b"} TreeFormat */
/** What it can be written as. @typedef {TreeFormat | "p12" | "p12-older"} SaveFormat */

/** No password locks the key, so one has to be chosen. */
const PLAIN = "key_plain";

/** With these it can be used all the same; every other problem stands in the way. */
const USABLE = new Set([
  PLAIN,
  ...["random_num_missing", "bad_random_number", "vid_hash_unknown", "vid_form"],
  ...["certificate_expired", "certificate_not_yet_valid"],
]);

/** One certificate of a page; `open` it before anything is done with it. */
export class ImportedCertificate {
  #source;
  /** @type {Files | null} */ #files = null;
  /** Open, and waiting for a password. @type {OpenedSet | null} */ #unlocked = null;
  #password = "";

  /** @param {Holder | PfxFile} source */
  constructor(source) {
    this.#source = source;
  }

  /** One that a browser keeps. @param {import("./store.js").LockedCertificate} stored */
  static fromStored({ certificate, encryptedKey, kmCertificate, encryptedKmKey, chain }) {
    return new ImportedCertificate({
      ...{ kind: "npki", path: "", authority: "", candidates: [], sources: [] },
      ...{ signCert: copy(certificate), signKey: copy(encryptedKey) },
      kmCert: kmCertificate ? copy(kmCertificate) : null,
      kmKey: encryptedKmKey ? copy(encryptedKmKey) : null,
      ca: chain.map((der) => copy(der)),
    });
  }

  /** Where it lies. */
  get path() {
    return this.#source.path;
  }

  /** The issuer's folder, empty outside of NPKI. */
  get authority() {
    return isPfxFile(this.#source) ? "" : this.#source.authority;
  }

  /** Whether its key was opened, and a password has to be chosen with lockWith() now. */
  get needsPassword() {
    return this.#unlocked !== null;
  }

  /** Whether its password was right, or one was chosen. */
  get isOpen() {
    return this.#files !== null;
  }

  /** Whether no password is needed to open it. */
  get isPlain() {
    const kmKey = isPfxFile(this.#source) ? null : this.#source.kmKey;
    return isOpen(this.#source) && (kmKey === null || !isEncryptedKey(kmKey));
  }

  /** The DER of its certificate; null where only the password tells whose it is. */
  get der() {
    const own = this.#files?.signCert ?? this.#unlocked?.signing.certificate;
    if (own !== undefined) return own;
    return isPfxFile(this.#source) ? null : (certificatesOf(this.#source)[0] ?? null);
  }

  /** What its certificate says; null where only the password tells. */
  get certificate() {
    return this.der && readCertificate(this.der);
  }

  /** How many files belong to it, as far as that is known. */
  get fileCount() {
    if (isPfxFile(this.#source)) return 1;
    const { kmCert, kmKey, kind } = this.#source;
    return kind === "pem" ? 1 : [kmCert, kmKey].filter((part) => part !== null).length + 2;
  }

  /** Whether a second pair, for encryption, is there. */
  get hasManagementPair() {
    return this.#files?.kmKey != null || this.#unlocked?.management != null;
  }

  /**
   * Open its key, look at everything, and remember the password where it is right. Where
   * none locks the key, it waits for lockWith().
   * @param {string} password
   * @param {Date} now
   * @param {Stopping} [options]
   * @returns {Promise<Diagnosis>}
   * @throws {CodedError} what stands in the way of using it
   */
  async open(password, now, options) {
    const diagnosis = await diagnose(this.#source, password, now, options);
    const obstacle = diagnosis.problems.find((code) => !USABLE.has(code));
    if (obstacle !== undefined) throw new CodedError(obstacle);
    const opened = await openSet(this.#source, password, options);
    if (diagnosis.problems.includes(PLAIN)) this.#unlocked = opened;
    else {
      this.#files = await lockedFiles(opened, password);
      this.#password = password;
    }
    return diagnosis;
  }

  /** Whether its key is in a form that NPKI folders have everywhere. */
  get isFieldForm() {
    return this.#files !== null && isFieldForm(this.#files.signKey);
  }

  /** Forget the password; it has to be opened again. */
  close() {
    this.#password = "";
    this.#files = this.#unlocked = null;
  }

  /**
   * Return it as a store keeps it; its key locked as it is.
   * @param {number} now milliseconds
   * @returns {Promise<StoredCertificate>}
   */
  async toStored(now) {
    const { signCert, signKey, kmCert, kmKey, ca } = this.#open();
    return {
      id: await fingerprint(signCert),
      certificate: signCert,
      encryptedKey: signKey,
      kmCertificate: kmCert ?? undefined,
      encryptedKmKey: kmKey ?? undefined,
      chain: ca,
      keptAt: now,
      cameFrom: "file",
    };
  }

  /**
   * Lock its keys with another password, in the form in which they were; those that none
   * locks, with their first one.
   * @param {string} password
   * @param {Stopping} [options]
   */
  async lockWith(password, options) {
    this.#files = this.#unlocked
      ? await lockedFiles(withoutLocks(this.#unlocked), password)
      : await this.#relocked(password, options);
    this.#unlocked = null;
    this.#password = password;
  }

  /**
   * Return its files as a folder of the usual names has them.
   * @param {TreeFormat} format
   * @param {Stopping} [options]
   * @returns {Promise<TreeFile[]>} below the folder NPKI
   */
  async toTree(format, options) {
    if (format === "as-it-is") return treeFor(this.#open());
    const form = format === "npki-a" ? KeyForm.A : KeyForm.B;
    return treeFor(await this.#relocked(this.#password, { ...options, form }));
  }

  /**
   * Say what a .p12 file is to it, by its password.
   * @param {Bytes} octets
   */
  relateFile(octets) {
    return relateFile(this.#open().signCert, this.#password)(octets);
  }

  /**
   * Return it as one PKCS#12 file.
   * @param {"p12" | "p12-older"} format
   * @param {Stopping} [options]
   * @returns {Promise<Bytes>}
   * @throws {import("../npki/errors.js").PasswordNotAsciiError}
   */
  async toPkcs12(format, options) {
    const { signCert, signKey, ca } = this.#open();
    const contents = {
      privateKeyInfo: await decryptKey(signKey, this.#password, options),
      certificate: signCert,
      chain: ca,
      password: this.#password,
      friendlyName: readCertificate(signCert).name,
    };
    return writePfx(contents, { encoding: format === "p12" ? "modern" : "older" });
  }

  /**
   * Return its files with keys under another password or in another form: the same
   * PrivateKeyInfo, byte for byte.
   * @param {string} newPassword
   * @param {{form?: import("../npki/encryption/schemes.js").KeyForm} & Stopping} [options] form
   *   left out: that which each has
   * @returns {Promise<Files>}
   */
  async #relocked(newPassword, { form, signal } = {}) {
    const files = this.#open();
    const change = { password: this.#password, newPassword, form };
    return {
      ...files,
      signKey: await changePassword(files.signKey, change, { signal }),
      kmKey: files.kmKey && (await changePassword(files.kmKey, change, { signal })),
    };
  }

  /** @returns {Files} */
  #open() {
    if (this.#unlocked !== null) throw new CodedError(PLAIN);
    if (this.#files === null) throw new CodedError("wrong_password");
    return this.#files;
  }
}

/**
 * @param {OpenedSet} opened
 * @param {string} password
 * @returns {Promise<Files>}
 */
async function lockedFiles({ signing, management, chain }, password) {
  return {
    signCert: signing.certificate,
    signKey: await lockedKey(signing, password),
    kmCert: management?.certificate ?? null,
    kmKey: management && (await lockedKey(management, password)),
    ca: chain,
  };
}

/** Forget how keys were locked: under no password. @param {OpenedSet} opened @returns {OpenedSet} */
const withoutLocks = ({ signing, management, chain }) => ({
  signing: { ...signing, encryptedKey: null },
  management: management && { ...management, encryptedKey: null },
  chain,
});

/**
 * Return a key as it lay there; one that lay in the clear inside a file gets its password.
 * @param {OpenedPair} pair
 * @param {string} password
 */
const lockedKey = async ({ encryptedKey, privateKeyInfo }, password) =>
  encryptedKey ?? encryptKey(privateKeyInfo, password, KeyForm.D);
