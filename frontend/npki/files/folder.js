/**
 * Whose certificates lie in a tree of files, and the names to write one under. Pure.
 *
 * A tree comes in as (path, octets), whatever was chosen: a drive, `NPKI`, the issuer's or
 * the holder's folder, or one file. What is in a file say its bytes; the name only tells
 * what belongs together. Names to write come from the certificate, never from a file.
 * Twin of mobile_bridge/npki/files/folder.py; both read
 * tests/vectors/npki_folders.json.
 */

import { equal, hex } from "../../lib/bytes.js";
import { fingerprint, nameParts, readCertificate } from "../../pki/certificate.js";
import { PkiError } from "../../pki/der/errors.js";
import { NAME_PARTS } from "../../pki/der/oids.js";
import { HIDDEN } from "../../pki/sanitize.js";
import { readContents } from "./file_contents.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./file_contents.js").Contents} Contents */

/**
 * A file by its path, "/" between the parts.
 * @typedef {{path: string, octets: Bytes}} TreeFile
 */

/**
 * One holder's set: whole, or what there is of it.
 *
 * `path` is the folder of `npki`, else the file of the key, or of the certificate without
 * one. `authority` is the issuer's folder, "" outside of NPKI. Without names that tell
 * which certificate is the key's, `candidates` has them, and `signCert` is null until the
 * key is open. A key is an EncryptedPrivateKeyInfo or in the clear, as it lies there. `ca`
 * are other certificates that lie there; `sources` the paths of all that was taken.
 * @typedef {object} Holder
 * @property {"npki" | "pair" | "pem" | "certificate"} kind how the files lie there: in a
 *   folder under the usual names, each in a file of any name, both in one file, or a
 *   certificate without a key
 * @property {string} path
 * @property {string} authority
 * @property {Bytes | null} signCert
 * @property {Bytes | null} signKey
 * @property {Bytes | null} kmCert
 * @property {Bytes | null} kmKey
 * @property {Bytes[]} candidates
 * @property {Bytes[]} ca
 * @property {string[]} sources
 */

/** A PKCS#12 file; whose it is says the password. @typedef {TreeFile} PfxFile */
/** A file that is named like one of a set, and is none. @typedef {{path: string, code: string}} Problem */
/**
 * What lies in a tree, by path.
 * @typedef {{holders: Holder[], pfxFiles: PfxFile[], problems: Problem[]}} Tree
 */
/** @typedef {"signCert" | "signKey" | "kmCert" | "kmKey"} Role */
/** A certificate and where it stands. @typedef {{path: string, der: Bytes}} Located */

/** Of a tree. */
export const MAX_FILES = 2_000;
export const MAX_TREE_BYTES = 32 * 1024 * 1024;
const MAX_FILE_BYTES = 16 * 1024;
const MAX_PFX_BYTES = 128 * 1024;
/** CaPubs, PEM, PKCS#7. */
const MAX_BUNDLE_FILE_BYTES = 256 * 1024;
export const MAX_ARCHIVE_BYTES = 16 * 1024 * 1024;
const ZIP_BEGINNING = [0x50, 0x4b, 0x03, 0x04];
const USER_FOLDER = "USER";
const CA_BUNDLE = "capubs";
const PFX_ENDINGS = [".p12", ".pfx"];
/** What a folder ends with in which a new set waits to replace the one beside it. */
export const STAGED_ENDING = ".certferry-new";
/** Two files for one thing, and they differ. */
const DUPLICATE = "file_duplicate";
/** PEM that OpenSSL encrypted in its own way: OpensslKeyError. */
const OPENSSL_KEY = "key_pem_encrypted";
/** What a file may have at most, by how its name ends; of another name it is not read. */
const MAX_BYTES = new Map([
  ...[".der", ".cer", ".key", ".p8", ".pk8"].map(with_(MAX_FILE_BYTES)),
  ...[".pem", ".crt", ".p7b", ".p7c"].map(with_(MAX_BUNDLE_FILE_BYTES)),
  ...PFX_ENDINGS.map(with_(MAX_PFX_BYTES)),
  with_(MAX_ARCHIVE_BYTES)(".zip"),
]);
/** The files of a set by the beginning of their name. @type {Map<string, Role>} */
const ROLES = new Map([
  ["signcert", "signCert"],
  ["signpri", "signKey"],
  ["kmcert", "kmCert"],
  ["kmpri", "kmKey"],
]);
/** Under which names they are written. @type {readonly [Role, string][]} */
const FILE_NAMES = [
  ["signCert", "signCert.der"],
  ["signKey", "signPri.key"],
  ["kmCert", "kmCert.der"],
  ["kmKey", "kmPri.key"],
];

/** Windows gives a path 260 characters, file systems a name 255. */
const MAX_DN_BYTES = 180;
const MAX_AUTHORITY_BYTES = 64;
const HASH_DIGITS = 8;
const CA_HASH_DIGITS = 16;
const [COMMON_NAME, ORGANISATION] = ["2.5.4.3", "2.5.4.10"];
/** The folder of an issuer, by the organisation or the beginning of the common name. */
const AUTHORITIES = new Map([
  ["yessign", "yessign"],
  ["signkorea", "SignKorea"],
  ["kica", "KICA"],
  ["signgate", "KICA"],
  ["crosscert", "CrossCert"],
  ["tradesign", "TradeSign"],
  ["ncasign", "NCASign"],
  ["inipass", "iniPass"],
  ["kisa", "KISA"],
]);
const FALLBACK_AUTHORITY = "CA";
/** Of Windows, whatever ends the name: aux, aux.txt. */
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?$/iu;
/** Of FAT, NTFS and POSIX, and what takes the name apart: comma and plus. */
const UNSAFE = /[\\/:*?"<>|,+]/g;

/** There is more than is looked through: choose a folder further inside. */
export class TreeTooLargeError extends PkiError {
  code = "tree_too_large";
}

/**
 * Return a path in NFC (macOS hands over NFD), with "/" for Windows' "\".
 * @param {string} path
 */
export const normalisePath = (path) => withSlashes(path).normalize("NFC");

/**
 * Return a path with "/" for Windows' "\".
 * @param {string} path
 */
export const withSlashes = (path) => path.replaceAll("\\", "/");

/**
 * Return under which path each file of a tree is listed: in NFC. Two folders, or two files
 * of one folder, whose names differ in their normal form alone are not one: they keep the
 * names that they have.
 * @param {string[]} paths
 * @returns {string[]}
 */
function treePaths(paths) {
  const parts = paths.map(withSlashes).map((path) => [parentOf(path), path.slice(parentOf(path).length)]);
  /** @type {Map<string, Set<string>>} */
  const spellings = new Map();
  const note = (/** @type {string} */ key, /** @type {string} */ name) =>
    void spellings.set(key, (spellings.get(key) ?? new Set()).add(name));
  const folderKey = (/** @type {string} */ folder) => normalisePath(folder);
  const nameKey = (/** @type {string} */ folder, /** @type {string} */ name) =>
    JSON.stringify([folder, normalisePath(name)]);
  for (const [folder, name] of parts) {
    note(folderKey(folder), folder);
    note(nameKey(folder, name), name);
  }
  const oneForm = (/** @type {string} */ key, /** @type {string} */ name) =>
    (spellings.get(key)?.size ?? 0) > 1 ? name : normalisePath(name);
  return parts.map(
    ([folder, name]) => oneForm(folderKey(folder), folder) + oneForm(nameKey(folder, name), name),
  );
}

/**
 * Return how large a file of this name may be; 0: it need not be read.
 * @param {string} path
 */
export function maxBytes(path) {
  const name = nameOf(path).toLowerCase();
  return name === CA_BUNDLE ? MAX_BUNDLE_FILE_BYTES : (MAX_BYTES.get(endingOf(name)) ?? 0);
}

/**
 * Return all sets in a tree, each by its path.
 * @param {Iterable<TreeFile>} files
 * @returns {Tree}
 * @throws {TreeTooLargeError} when there are more files or bytes than is looked through
 */
export function findHolders(files) {
  const folders = [...byFolder(files)].sort(([one], [other]) => compare(one, other));
  const parts = folders.map(([path, inside]) => new Folder(path, inside));
  const holders = parts.flatMap((part) => part.holders());
  const hasSet = holders.some(({ signKey, kmKey, kind }) => signKey || kmKey || kind === "npki");
  const problems = parts.flatMap((part) => part.problems);
  return {
    holders: (hasSet ? holders : alone(parts)).sort(byPath),
    pfxFiles: parts.flatMap(({ pfxFiles }) => pfxFiles).sort(byPath),
    problems: [...problems, ...unfinished(folders.map(([path]) => path))].sort(byPath),
  };
}

/**
 * Return the names of the folders in which a certificate is kept below `NPKI`.
 *
 * `yessign`, `USER`, `cn=…,ou=…,o=yessign,c=kr`: safe on every file system, however the
 * certificate is made.
 * @param {Uint8Array} certificate DER
 * @returns {Promise<[string, string, string]>}
 * @throws {import("../../pki/der/errors.js").DerError} when it is no certificate
 */
export async function folderParts(certificate) {
  const { issuerDer, subjectDer } = readCertificate(certificate);
  const digest = (await fingerprint(certificate)).slice(0, HASH_DIGITS);
  const holder = holderFolder(nameParts(subjectDer), digest);
  return [authorityFolder(nameParts(issuerDer)), USER_FOLDER, holder];
}

/**
 * Return the files of a set as they are written below `NPKI`.
 * @param {Pick<Holder, Role | "ca"> & {signCert: Bytes}} holder
 * @returns {Promise<TreeFile[]>}
 * @throws {import("../../pki/der/errors.js").DerError} when the certificate cannot be read
 */
export async function treeFor(holder) {
  const folder = (await folderParts(holder.signCert)).join("/");
  const own = FILE_NAMES.flatMap(([role, name]) => {
    const octets = holder[role];
    return octets === null ? [] : [{ path: `${folder}/${name}`, octets }];
  });
  const authorities = holder.ca.map(async (octets) => {
    const digest = (await fingerprint(octets)).slice(0, CA_HASH_DIGITS);
    return { path: `${folder}/ca-${digest}.der`, octets };
  });
  return [...own, ...(await Promise.all(authorities))];
}

/** @param {Iterable<TreeFile>} files @returns {Map<string, TreeFile[]>} */
function byFolder(files) {
  /** @type {Map<string, TreeFile[]>} */
  const folders = new Map();
  /** @type {TreeFile[]} */
  const tree = [];
  let size = 0;
  for (const file of files) {
    tree.push(file);
    size += file.octets.length;
    if (tree.length > MAX_FILES || size > MAX_TREE_BYTES) throw new TreeTooLargeError();
  }
  for (const [at, path] of treePaths(tree.map((file) => file.path)).entries()) {
    const inside = folders.get(parentOf(path)) ?? [];
    folders.set(parentOf(path), [...inside, { path, octets: tree[at].octets }]);
  }
  for (const inside of folders.values()) inside.sort(byPath);
  return folders;
}

/**
 * Return the folders that an interrupted saving has left: certificates/files/disk_replacement.js.
 * @param {string[]} folders
 * @returns {Problem[]}
 */
const unfinished = (folders) =>
  folders
    .filter((path) => path.endsWith(STAGED_ENDING))
    .map((path) => ({ path, code: "replacement_left" }));

/**
 * Return certificates without a key, where there is no key at all. Those of authorities
 * are only looked at where there is nothing else.
 * @param {Folder[]} parts
 * @returns {Holder[]}
 */
function alone(parts) {
  const certificates = parts.flatMap((part) => part.certificates());
  const own = certificates.filter(({ der }) => !isAuthority(der));
  return (own.length > 0 ? own : certificates).map(({ path, der }) =>
    makeHolder({ kind: "certificate", path, signCert: der, sources: [path] }),
  );
}

/** The files of one folder, each looked into once. */
class Folder {
  /** @type {PfxFile[]} */ pfxFiles = [];
  /** @type {Problem[]} */ problems = [];
  #path;
  /** @type {{path: string, contents: Contents}[]} */ #contents = [];
  /** @type {Map<Role, Located>} */ #byRole = new Map();
  /** @type {Map<string, Bytes>} */ #byPath = new Map();

  /** @param {string} path @param {TreeFile[]} files */
  constructor(path, files) {
    this.#path = path;
    for (const file of files) this.#add(file);
  }

  /** Return the sets of this folder that have a key, and an NPKI set. */
  holders() {
    const apart = this.#keysApart();
    const taken = apart.flatMap(({ signCert, candidates }) =>
      signCert === null ? candidates : [signCert, ...candidates],
    );
    return [...this.#npki(taken), ...apart];
  }

  /** Return the certificates with where each stands, if they had no key. */
  certificates() {
    return this.#contents.flatMap(({ path, contents }) =>
      contents.certificates.map((der) => ({ path, der })),
    );
  }

  /** @param {TreeFile} file */
  #add({ path, octets }) {
    const before = this.#byPath.get(path);
    if (before !== undefined) {
      // Of a zip: no disk has two of one name.
      if (!equal(before, octets)) this.#note(path, DUPLICATE);
      return;
    }
    this.#byPath.set(path, octets);
    const code = refusalOf(path, octets);
    if (code !== "") return this.#note(path, code);
    const role = ROLES.get(stemOf(path));
    const contents = readContents(octets);
    const { certificates, keys, hasOpensslKey } = contents;
    if (hasOpensslKey) this.#note(path, OPENSSL_KEY);
    const isEmpty = certificates.length + keys.length === 0 && !hasOpensslKey;
    if (contents.isPfx) this.pfxFiles.push({ path, octets });
    else if (isEmpty && PFX_ENDINGS.includes(endingOf(nameOf(path).toLowerCase())))
      this.#note(path, "pfx_form");
    else if (role === undefined) this.#contents.push({ path, contents });
    else this.#addRole(role, path, contents);
  }

  /** @param {Role} role @param {string} path @param {Contents} contents */
  #addRole(role, path, { certificates, keys, hasOpensslKey }) {
    const isKey = role === "signKey" || role === "kmKey";
    const [der] = isKey ? keys : certificates;
    if (der === undefined) {
      if (!isKey || !hasOpensslKey) this.#note(path, isKey ? "key_form" : "certificate_form");
      return;
    }
    // Files sort by their names, and signCert.der stands before signCert.pem.
    const first = this.#byRole.get(role);
    if (first === undefined) this.#byRole.set(role, { path, der });
    else if (!equal(first.der, der)) this.#note(path, DUPLICATE);
  }

  /** @param {string} path @param {string} code */
  #note(path, code) {
    this.problems.push({ path, code });
  }

  /** @param {Bytes[]} taken certificates of other keys @returns {Holder[]} */
  #npki(taken) {
    if (this.#byRole.size === 0) return [];
    const roles = Object.fromEntries([...this.#byRole].map(([role, { der }]) => [role, der]));
    const own = [...Object.values(roles), ...taken];
    const around = this.certificates().filter(({ der }) => !includes(own, der));
    const files = [...this.#byRole.values(), ...around].map(({ path }) => path);
    return [
      makeHolder({
        kind: "npki",
        path: this.#path,
        authority: authorityIn(this.#path),
        ...roles,
        ca: distinct(around.map(({ der }) => der)),
        sources: [...new Set(files)].sort(compare),
      }),
    ];
  }

  /** @returns {Holder[]} */
  #keysApart() {
    const keys = this.#contents.flatMap(({ path, contents }) =>
      contents.keys.map((key) => ({ path, key })),
    );
    // Certificates that the names give to a key are nobody else's.
    const named = new Map(keys.map(({ path }) => [path, this.#toldByName(path)]));
    const taken = [...named.values()].flat().map(({ der }) => der);
    const left = this.certificates().filter(({ der }) => !includes(taken, der));
    return keys.map(({ path, key }) => {
      const byName = named.get(path) ?? [];
      return apart(path, key, byName.length > 0 ? byName : left);
    });
  }

  /**
   * Return the certificates in the file of a key, or in one named alike.
   * @param {string} path
   */
  #toldByName(path) {
    const beside = this.certificates().filter((other) => stemOf(other.path) === stemOf(path));
    const inside = beside.filter((other) => other.path === path);
    return inside.length > 0 ? inside : beside;
  }
}

/**
 * @param {string} path
 * @param {Bytes} key
 * @param {Located[]} beside
 * @returns {Holder}
 */
function apart(path, key, beside) {
  const certificates = distinct(beside.map(({ der }) => der));
  const leaves = certificates.filter((der) => !isAuthority(der));
  const own = leaves.length > 0 ? leaves : certificates;
  return makeHolder({
    kind: beside.some((other) => other.path === path) ? "pem" : "pair",
    path,
    signCert: own.length === 1 ? own[0] : null,
    signKey: key,
    candidates: own.length > 1 ? own : [],
    ca: certificates.filter((der) => !own.includes(der)),
    sources: [...new Set([path, ...beside.map((other) => other.path)])].sort(compare),
  });
}

/** @param {Pick<Holder, "kind" | "path"> & Partial<Holder>} parts @returns {Holder} */
function makeHolder(parts) {
  const files = { signCert: null, signKey: null, kmCert: null, kmKey: null };
  return { authority: "", ...files, candidates: [], ca: [], sources: [], ...parts };
}

/**
 * Return why a file is not looked into; "" when it is.
 * @param {string} path
 * @param {Uint8Array} octets
 */
function refusalOf(path, octets) {
  const maxSize = maxBytes(path);
  if (maxSize > 0 && octets.length > maxSize) return "file_too_large";
  // Those of the tree itself were opened before: expand() in archive.js.
  return ZIP_BEGINNING.every((byte, at) => octets[at] === byte) ? "zip_nested" : "";
}

/** @param {Uint8Array} certificate */
const isAuthority = (certificate) => readCertificate(certificate).isAuthority;

/** Return the issuer's folder in the path of a holder's. @param {string} folder */
function authorityIn(folder) {
  const parts = folder.split("/");
  const isNpki = parts.length >= 3 && parts[parts.length - 2].toUpperCase() === USER_FOLDER;
  return isNpki ? parts[parts.length - 3] : "";
}

/** @param {[string, string | null][]} issuer */
function authorityFolder(issuer) {
  const names = [ORGANISATION, COMMON_NAME].flatMap((kind) =>
    issuer.filter(([type]) => type === kind).map(([, text]) => text ?? ""),
  );
  for (const name of names) {
    const [beginning] = /^[a-z]+/.exec(name.toLowerCase()) ?? [];
    const authority = AUTHORITIES.get(beginning ?? "") ?? AUTHORITIES.get(beginning?.replace(/ca$/, "") ?? "");
    if (authority !== undefined) return authority;
  }
  const first = names.map((name) => cut(safeName(name), MAX_AUTHORITY_BYTES)).find(Boolean) ?? "";
  // No name of the system, none that hides, climbs, or begins like an option.
  const safe = first.replace(/^[-.~ ]+/, "").replace(/[. ]+$/, "");
  if (safe === "") return FALLBACK_AUTHORITY;
  return RESERVED.test(safe) ? `_${safe}` : safe;
}

/**
 * @param {[string, string | null][]} subject
 * @param {string} digest
 */
function holderFolder(subject, digest) {
  // The most particular part first, as RFC 4514 2.1 writes it; and CN before all.
  const rank = (/** @type {string} */ type) => Number(type !== COMMON_NAME);
  const parts = [...subject].reverse().sort(([one], [other]) => rank(one) - rank(other));
  const texts = parts.map(([type, text]) => [typeName(type), safeName(text ?? "")]);
  if (!texts.some(([, text]) => text !== "")) return `cn=${digest}`;
  const name = texts
    .map(([type, text]) => `${type}=${type === "c" ? text.toLowerCase() : text}`)
    .join(",");
  if (byteLength(name) > MAX_DN_BYTES)
    return `${cut(name, MAX_DN_BYTES - HASH_DIGITS - 1)}~${digest}`;
  return name.replace(/[. ]+$/, "");
}

/** @param {string} type an object identifier */
const typeName = (type) => (NAME_PARTS[type] ?? type).toLowerCase();

/**
 * Return a text without what a file system or a person takes for something else.
 * @param {string} text
 */
const safeName = (text) =>
  text.normalize("NFC").replace(UNSAFE, "_").replace(HIDDEN, "_").trim();

/** @param {string} text @param {number} octets */
function cut(text, octets) {
  let name = "";
  let length = 0;
  for (const sign of text) {
    length += byteLength(sign);
    if (length > octets) break;
    name += sign;
  }
  return name.replace(/[. ]+$/, "");
}

/** @param {string} text */
const byteLength = (text) => new TextEncoder().encode(text).length;

/** @param {Bytes[]} all @param {Uint8Array} one */
const includes = (all, one) => all.some((file) => equal(file, one));

/** @param {Bytes[]} ders */
function distinct(ders) {
  const keyed = new Map(ders.map((der) => [hex(der), der]));
  return [...keyed.values()];
}

/** @param {string} path */
const parentOf = (path) => path.slice(0, Math.max(0, path.lastIndexOf("/")));

/** @param {string} path */
const nameOf = (path) => normalisePath(path).split("/").at(-1) ?? "";

/** @param {string} name */
function endingOf(name) {
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot) : "";
}

/** Return a file's name without its ending, for comparing. @param {string} path */
function stemOf(path) {
  const name = nameOf(path).toLowerCase();
  return name.slice(0, name.length - endingOf(name).length);
}

/** By code points, as Python compares. @param {string} one @param {string} other */
function compare(one, other) {
  const [a, b] = [one, other].map((text) => Array.from(text, (sign) => sign.codePointAt(0) ?? 0));
  const at = a.findIndex((point, i) => point !== b[i]);
  return at < 0 ? a.length - b.length : a[at] - (b[at] ?? -1);
}

/** @param {{path: string}} one @param {{path: string}} other */
const byPath = (one, other) => compare(one.path, other.path);

/** @param {number} bytes @returns {(ending: string) => [string, number]} */
function with_(bytes) {
  return (ending) => [ending, bytes];
}
