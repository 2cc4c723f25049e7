/**
 * A zip of certificates, in and out: looked at before anything in it is unpacked. Pure.
 *
 * Only what is named like a certificate, a key or a PKCS#12 file is unpacked, into memory;
 * what the directory says of sizes is checked before and after. The directory alone says
 * what is in it: the name that stands once more before an entry is passed over. Load this
 * module only when there is an archive. Twin of mobile_bridge/npki/files/archive.py; both
 * read tests/vectors/npki_archives.json.
 */

import { inflateSync, zipSync } from "fflate";
import { copy } from "../../lib/bytes.js";
import { PkiError } from "../../pki/der/errors.js";
import {
  MAX_ARCHIVE_BYTES,
  MAX_FILES,
  MAX_TREE_BYTES,
  maxBytes,
  normalisePath,
  withSlashes,
} from "./folder.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./folder.js").TreeFile} TreeFile */
/** @typedef {import("./folder.js").Problem} Problem */
/**
 * An entry of the directory (APPNOTE 4.3.12).
 * @typedef {object} Entry
 * @property {string} path
 * @property {number} flags
 * @property {number} method
 * @property {number} crc
 * @property {number} packed bytes
 * @property {number} size bytes when unpacked
 * @property {number} at where its local header begins
 */

/** Folders in each other. */
const MAX_DEPTH = 16;
/** Keys and certificates hardly shrink at all. */
const MAX_RATIO = 100;
const RATIO_COUNTS_FROM = 64 * 1024;
const MAX_DIRECTORY_BYTES = 1024 * 1024;
const END = 0x06054b50; // APPNOTE 4.3.16
const ENTRY = 0x02014b50; // 4.3.12
const LOCAL = 0x04034b50; // 4.3.7
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const LOCAL_BYTES = 30;
const MAX_COMMENT = 0xffff;
const IN_ZIP64 = 0xffffffff;
const [ENCRYPTED, UTF8] = [0x1, 0x800]; // 4.4.4
const [STORED, DEFLATED] = [0, 8]; // 4.4.5
/** The same files give the same archive. */
const EPOCH = new Date(1980, 0, 1);
const OWNER_ONLY = 0o100600 << 16;
const UNIX = 3;

/** This is no zip that can be read: damaged, or packed in another way. */
export class ArchiveError extends PkiError {
  code = "zip_form";
}

/** There is more in it than is unpacked. */
export class ArchiveTooLargeError extends ArchiveError {
  code = "zip_too_large";
}

/** The archive has a password of its own. */
export class ArchiveEncryptedError extends ArchiveError {
  code = "zip_encrypted";
}

/** A name in it leads out of it. */
export class ArchivePathError extends ArchiveError {
  code = "path_unsafe";
}

/** More folders lie in each other than is looked through. */
export class ArchiveTooDeepError extends ArchiveError {
  code = "tree_too_deep";
}

/** Tell whether a file begins like a zip. @param {Uint8Array} octets */
export const isZip = (octets) =>
  octets.length >= 4 && [LOCAL, END].includes(viewOf(octets).getUint32(0, true));

/**
 * Return the files of a zip that may hold certificates or keys. One that is too large for
 * its kind comes cut, one byte over its limit.
 * @param {Uint8Array} octets
 * @returns {TreeFile[]}
 * @throws {ArchiveError} when it is no zip, damaged, encrypted or too large, or a name in
 *   it leads out of it
 */
export function readZip(octets) {
  if (octets.length > MAX_ARCHIVE_BYTES) throw new ArchiveTooLargeError();
  try {
    const entries = readDirectory(octets);
    checkExtents(entries);
    return candidatesAmong(entries).map((entry) => ({
      path: entry.path,
      octets: unpack(octets, entry).slice(0, maxBytes(entry.path) + 1),
    }));
  } catch (error) {
    // What a view refuses lies behind the end of the file.
    if (error instanceof RangeError) throw new ArchiveError();
    throw error;
  }
}

/**
 * Return a zip of files, for its owner only; names are in UTF-8 and say so.
 * @param {TreeFile[]} files
 * @returns {Bytes}
 */
export function writeZip(files) {
  const tree = Object.fromEntries(files.map(({ path, octets }) => [path, octets]));
  // Keys do not get smaller, and a plain copy is read by everything.
  return copy(zipSync(tree, { level: 0, mtime: EPOCH, os: UNIX, attrs: OWNER_ONLY }));
}

/**
 * Return a tree in which each zip stands as a folder of its own name. One that cannot be
 * opened is a problem, and the rest goes on.
 * @param {TreeFile[]} files
 * @returns {{files: TreeFile[], problems: Problem[]}}
 */
export function expand(files) {
  /** @type {{files: TreeFile[], problems: Problem[]}} */
  const expanded = { files: [], problems: [] };
  for (const file of files) {
    if (!isZip(file.octets)) {
      expanded.files.push(file);
      continue;
    }
    try {
      for (const { path, octets } of readZip(file.octets))
        expanded.files.push({ path: `${file.path}/${path}`, octets });
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      expanded.problems.push({ path: normalisePath(file.path), code: error.code });
    }
  }
  return expanded;
}

/**
 * Read the directory, after a look at its size. It ends where the record of its end begins
 * (4.3.6). A zip64, whose numbers stand elsewhere, is larger than any that is read here.
 * @param {Uint8Array} octets
 * @returns {Entry[]}
 */
function readDirectory(octets) {
  const view = viewOf(octets);
  const end = findEnd(view);
  const [disk, firstDisk, , count] = [4, 6, 8, 10].map((at) => view.getUint16(end + at, true));
  const [size, start] = [12, 16].map((at) => view.getUint32(end + at, true));
  if (disk || firstDisk || [size, start].includes(IN_ZIP64)) throw new ArchiveError();
  if (size > MAX_DIRECTORY_BYTES || count === MAX_COMMENT) throw new ArchiveTooLargeError();
  /** @type {Entry[]} */
  const entries = [];
  let at = start;
  while (entries.length < count) {
    if (view.getUint32(at, true) !== ENTRY) throw new ArchiveError();
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
    entries.push(entryAt(octets, at, name));
    at += ENTRY_BYTES + name + extra + comment;
  }
  if (at !== end || at !== start + size) throw new ArchiveError();
  return entries;
}

/** @param {Uint8Array} octets @param {number} at @param {number} nameBytes @returns {Entry} */
function entryAt(octets, at, nameBytes) {
  const view = viewOf(octets);
  const flags = view.getUint16(at + 8, true);
  const name = octets.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes);
  return {
    path: readPath(readName(name, flags)),
    flags,
    method: view.getUint16(at + 10, true),
    crc: view.getUint32(at + 16, true),
    packed: view.getUint32(at + 20, true),
    size: view.getUint32(at + 24, true),
    at: view.getUint32(at + 42, true),
  };
}

/** Return where the end of the directory begins. @param {DataView} view */
function findEnd(view) {
  const first = Math.max(0, view.byteLength - END_BYTES - MAX_COMMENT);
  for (let at = view.byteLength - END_BYTES; at >= first; at -= 1)
    if (view.getUint32(at, true) === END) return at;
  throw new ArchiveError();
}

/**
 * Return a name: Korean Windows writes CP949, and macOS UTF-8 without saying so.
 * @param {Uint8Array} bytes
 * @param {number} flags
 */
function readName(bytes, flags) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    if (flags & UTF8) throw new ArchiveError();
    return new TextDecoder("euc-kr").decode(bytes); // CP949, as browsers call it
  }
}

/**
 * Return the name of an entry as a path inside the archive.
 * @param {string} name
 */
function readPath(name) {
  const path = withSlashes(name);
  const parts = path.split("/").filter((part) => part !== ".");
  const leadsOut = parts.includes("..") || path.startsWith("/") || parts[0]?.includes(":");
  if (leadsOut || path.includes("\0")) throw new ArchivePathError();
  const isFolder = path.endsWith("/");
  return parts.filter((part) => part !== "").join("/") + (isFolder ? "/" : "");
}

/**
 * Refuse entries that lie in each other: a small file would unpack to anything.
 * @param {Entry[]} entries
 */
function checkExtents(entries) {
  let end = 0;
  for (const { at, packed } of [...entries].sort((one, other) => one.at - other.at)) {
    if (at < end) throw new ArchiveError();
    end = at + LOCAL_BYTES + packed;
  }
}

/** @param {Entry[]} entries */
function candidatesAmong(entries) {
  const candidates = entries.filter(({ path }) => !path.endsWith("/") && maxBytes(path) > 0);
  if (candidates.length > MAX_FILES) throw new ArchiveTooLargeError();
  for (const entry of candidates) checkEntry(entry);
  const total = candidates.reduce((sum, { size }) => sum + size, 0);
  if (total > MAX_TREE_BYTES) throw new ArchiveTooLargeError();
  return candidates;
}

/** @param {Entry} entry */
function checkEntry({ path, flags, method, packed, size }) {
  if (flags & ENCRYPTED) throw new ArchiveEncryptedError();
  if (path.split("/").length > MAX_DEPTH) throw new ArchiveTooDeepError();
  if (method !== STORED && method !== DEFLATED) throw new ArchiveError();
  const isBomb = size > RATIO_COUNTS_FROM && size > MAX_RATIO * Math.max(packed, 1);
  if (isBomb) throw new ArchiveTooLargeError();
}

/** @param {Uint8Array} octets @param {Entry} entry @returns {Bytes} */
function unpack(octets, { at, packed, size, method, crc }) {
  const view = viewOf(octets);
  if (view.getUint32(at, true) !== LOCAL) throw new ArchiveError();
  const start = at + LOCAL_BYTES + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const content = octets.subarray(start, start + packed);
  const plain = method === STORED ? content : inflate(content, size);
  const isWhole = content.length === packed && plain.length === size;
  if (!isWhole || checksum(plain) !== crc) throw new ArchiveError();
  return copy(plain);
}

/** @param {Uint8Array} content @param {number} size */
function inflate(content, size) {
  try {
    // What is longer than the directory says is cut, and then differs in its checksum.
    return inflateSync(content, { out: new Uint8Array(size) });
  } catch {
    throw new ArchiveError();
  }
}

/** CRC-32, as APPNOTE 4.4.7 has it. @param {Uint8Array} bytes */
function checksum(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** @param {Uint8Array} bytes */
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
