/**
 * What is the matter with a set of certificate and key, in one meaning for all. Pure.
 *
 * The terminal and the page say the same of the same files. What cannot be known, because
 * no password was given or because there is nothing to ask, is null and never false. Twin
 * of mobile_bridge/npki/sets/diagnosis.py; both read tests/vectors/npki_diagnosis.json.
 */

import { errorCode } from "../../lib/errors.js";
import { fingerprint, readCertificate } from "../../pki/certificate.js";
import { DerError, PkiError } from "../../pki/der/errors.js";
import {
  RANDOM_NUMBER_BYTES,
  UnknownVidHashError,
  computeVid,
  matchesVid,
  readRandomNumber,
  readVid,
} from "../identity.js";
import {
  certificatesOf,
  findOwn,
  isOpen,
  isPfxFile,
  openContents,
  openKey,
  readKeyForm,
} from "./opening.js";
import { hasPlainKey, readPfx } from "../pfx.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("../files/folder.js").Holder} Holder */
/** @typedef {import("../files/folder.js").PfxFile} PfxFile */
/** @typedef {import("../encryption/pbe.js").Stopping} Stopping */

/**
 * What is known of a set; true, false, or null for what is not known.
 * @typedef {object} Diagnosis
 * @property {string} format how it lies there and how its key is encrypted: `npki-A`
 * @property {Record<string, string> | null} cert what the certificate says of itself
 * @property {boolean | null} keyOpens
 * @property {boolean | null} keyMatchesCert
 * @property {boolean | null} randomNum
 * @property {boolean | null} vidPresent
 * @property {boolean | null} validNow
 * @property {string[]} problems codes, the gravest first
 */

/**
 * What is known of a key; `certificate` is its own, else the one beside it.
 * @typedef {object} KeyJudgement
 * @property {boolean | null} opens
 * @property {boolean | null} matches
 * @property {Bytes | null} certificate
 * @property {Bytes | null} privateKeyInfo
 * @property {string[]} problems
 */

const PFX = "p12";
/** Before the code of a problem of kmCert.der, kmPri.key. */
const OF_MANAGEMENT = "km_";
/** Whether the key opens, by what was refused; of another refusal it is not known. */
const OPENS = new Map([
  ["wrong_password", false],
  ["password_encoding", false],
  ["key_form", false],
  ["pfx_form", false],
  ["pfx_damaged", true],
]);
const MISMATCH = "key_mismatch";
const MAX_POLICY = 64;

const KEYLESS = { opens: null, problems: ["key_missing"] };
/** @type {KeyJudgement} */
const UNKNOWN = Object.freeze({
  opens: null,
  matches: null,
  certificate: null,
  privateKeyInfo: null,
  problems: [],
});

/**
 * Say what is the matter with a set.
 *
 * Without a `password` what stands outside is judged. `number` is the one that the
 * certificate was issued to: its digits with R have to make the certificate's VID.
 * @param {Holder | PfxFile} source
 * @param {string | null} password
 * @param {Date} now
 * @param {{number?: string} & Stopping} [options]
 * @returns {Promise<Diagnosis>}
 * @throws {import("../identity.js").IdentityNumberError} when `number` has something else
 *   than digits
 */
export async function diagnose(source, password, now, { number, signal } = {}) {
  const key = await judgeKey(source, password, { signal });
  const random = judgeRandomNumber(key.privateKeyInfo);
  const vid = judgeVid(key.certificate);
  const time = judgeTime(key.certificate, now);
  // What opens with no password at all is locked for nobody.
  const unlocked = key.opens && password === "" ? ["key_plain"] : [];
  const problems = [
    ...[...key.problems, ...unlocked],
    ...[...random.problems, ...vid.problems, ...time.problems],
  ];
  if (random.isThere === false && vid.isThere) problems.push("random_num_missing");
  if (number !== undefined) problems.push(...(await judgeNumber(number, vid, random)));
  return {
    format: await formatOf(source),
    cert: await describe(key.certificate),
    keyOpens: key.opens,
    keyMatchesCert: key.matches,
    randomNum: random.isThere,
    vidPresent: vid.isThere,
    validNow: time.isNow,
    problems: [...new Set(problems)],
  };
}

/** @param {Holder | PfxFile} source */
async function formatOf(source) {
  const kind = isPfxFile(source) ? PFX : source.kind;
  const { form } = await formIn(source);
  return form === "" ? kind : `${kind}-${form}`;
}

/**
 * @param {Holder | PfxFile} source
 * @param {string | null} password
 * @param {Stopping} options
 * @returns {Promise<KeyJudgement>}
 */
async function judgeKey(source, password, options) {
  if (isPfxFile(source)) return judgePfx(source, password, options);
  const { signKey } = source;
  if (signKey === null || (password === null && !isOpen(source))) return judgeOutside(source);
  const certificates = certificatesOf(source);
  const beside = certificates.length === 1 ? certificates[0] : null;
  const plain = isOpen(source) ? ["key_plain"] : [];
  /** @type {Bytes} */
  let privateKeyInfo;
  try {
    privateKeyInfo = await openKey(signKey, password ?? "", options);
  } catch (error) {
    return refused(error, beside, plain);
  }
  const management = password === null ? [] : await managementProblems(source, password, options);
  const own = await judgeOwn(privateKeyInfo, certificates, beside);
  return { ...own, problems: [...own.problems, ...plain, ...management] };
}

/**
 * Judge an open key by the certificates that may be its own.
 * @param {Bytes} privateKeyInfo
 * @param {Bytes[]} certificates
 * @param {Bytes | null} beside
 * @returns {Promise<KeyJudgement>}
 */
async function judgeOwn(privateKeyInfo, certificates, beside) {
  try {
    const certificate = await findOwn(privateKeyInfo, certificates);
    return { opens: true, matches: true, certificate, privateKeyInfo, problems: [] };
  } catch (error) {
    const code = codeOf(error);
    const matches = code === MISMATCH ? false : null;
    return { opens: true, matches, certificate: beside, privateKeyInfo, problems: [code] };
  }
}

/**
 * Judge what can be seen without a password.
 * @param {Holder} source
 * @returns {Promise<KeyJudgement>}
 */
async function judgeOutside(source) {
  const { signCert, signKey } = source;
  const { opens, problems } = signKey === null ? KEYLESS : await formIn(source);
  const missing = certificatesOf(source).length === 0 ? ["certificate_missing"] : [];
  return { ...UNKNOWN, opens, certificate: signCert, problems: [...problems, ...missing] };
}

/**
 * @param {PfxFile} source
 * @param {string | null} password
 * @param {Stopping} options
 * @returns {Promise<KeyJudgement>}
 */
async function judgePfx(source, password, options) {
  try {
    if (password === null) await readKeyForm(source);
    const plain = (await hasPlainKey(source.octets)) ? ["key_plain"] : [];
    if (password === null) return { ...UNKNOWN, problems: plain };
    const contents = await readPfx(source.octets, password, options);
    const beside = likeliest(contents.certificates.map(({ der }) => der));
    if (contents.keys.length === 0)
      return { ...UNKNOWN, certificate: beside, problems: ["key_missing"] };
    const judgement = await judgeContents(contents, beside);
    return { ...judgement, problems: [...plain, ...judgement.problems] };
  } catch (error) {
    return refused(error, null);
  }
}

/**
 * @param {import("../pfx.js").PfxContents} contents
 * @param {Bytes | null} beside
 * @returns {Promise<KeyJudgement>}
 */
async function judgeContents(contents, beside) {
  try {
    const { certificate, privateKeyInfo } = (await openContents(contents)).signing;
    return { opens: true, matches: true, certificate, privateKeyInfo, problems: [] };
  } catch (error) {
    const code = codeOf(error);
    const [{ privateKeyInfo }] = contents.keys;
    const matches = code === MISMATCH ? false : null;
    return { opens: true, matches, certificate: beside, privateKeyInfo, problems: [code] };
  }
}

/**
 * Return the first certificate of somebody who issues none, else the first.
 * @param {Bytes[]} certificates
 */
function likeliest(certificates) {
  const readable = certificates.flatMap((der) => {
    try {
      return [{ der, isAuthority: readCertificate(der).isAuthority }];
    } catch (error) {
      if (error instanceof DerError) return [];
      throw error;
    }
  });
  return (readable.find(({ isAuthority }) => !isAuthority) ?? readable[0])?.der ?? null;
}

/**
 * @param {unknown} error
 * @param {Bytes | null} certificate
 * @param {string[]} [problems]
 * @returns {KeyJudgement}
 */
function refused(error, certificate, problems = []) {
  const code = codeOf(error);
  const opens = OPENS.get(code) ?? null;
  return { ...UNKNOWN, opens, certificate, problems: [code, ...problems] };
}

/**
 * Judge the pair for encryption, which has the same password.
 * @param {Holder} source
 * @param {string} password
 * @param {Stopping} options
 */
async function managementProblems({ kmCert, kmKey }, password, options) {
  if (kmCert === null && kmKey === null) return [];
  try {
    const key = await openKey(kmKey, password, options);
    await findOwn(key, kmCert === null ? [] : [kmCert]);
    return [];
  } catch (error) {
    return [`${OF_MANAGEMENT}${codeOf(error)}`];
  }
}

/**
 * @param {Bytes | null} privateKeyInfo
 * @returns {{isThere: boolean | null, value: Bytes | null, problems: string[]}}
 */
function judgeRandomNumber(privateKeyInfo) {
  if (privateKeyInfo === null) return { isThere: null, value: null, problems: [] };
  try {
    const value = readRandomNumber(privateKeyInfo);
    return { isThere: value !== null, value, problems: [] };
  } catch (error) {
    return { isThere: false, value: null, problems: [codeOf(error)] };
  }
}

/**
 * @param {Bytes | null} certificate
 * @returns {{isThere: boolean | null, vid: import("../identity.js").Vid | null,
 *   problems: string[]}}
 */
function judgeVid(certificate) {
  if (certificate === null) return { isThere: null, vid: null, problems: [] };
  try {
    const vid = readVid(certificate);
    return { isThere: vid !== null, vid, problems: [] };
  } catch (error) {
    const isThere = error instanceof UnknownVidHashError ? true : null;
    return { isThere, vid: null, problems: [codeOf(error)] };
  }
}

/** @param {Bytes | null} certificate @param {Date} now */
function judgeTime(certificate, now) {
  if (certificate === null) return { isNow: null, problems: [] };
  const { notBefore, notAfter } = readCertificate(certificate);
  if (now < notBefore) return { isNow: false, problems: ["certificate_not_yet_valid"] };
  // RFC 5280 4.1.2.5: the last second counts.
  const isNow = now <= notAfter;
  return { isNow, problems: isNow ? [] : ["certificate_expired"] };
}

/**
 * Say what is against it that number and R made the VID.
 * @param {string} number
 * @param {ReturnType<typeof judgeVid>} vid
 * @param {ReturnType<typeof judgeRandomNumber>} random
 */
async function judgeNumber(number, { vid }, { isThere, value }) {
  await computeVid(number, new Uint8Array(RANDOM_NUMBER_BYTES), "SHA-256"); // digits only
  if (vid === null) return ["vid_missing"];
  if (isThere === null) return []; // the key says why
  if (value === null) return ["random_num_missing"];
  return (await matchesVid(vid, number, value)) ? [] : ["vid_mismatch"];
}

/**
 * Return what the certificate says of itself, in the words of an offer.
 * @param {Bytes | null} der
 * @returns {Promise<Record<string, string> | null>}
 */
async function describe(der) {
  if (der === null) return null;
  const { name, issuerName, serial, policy, notBefore, notAfter } = readCertificate(der);
  return {
    name,
    issuer: issuerName,
    serial,
    policy: policy !== null && policy.length <= MAX_POLICY ? policy : "",
    not_before: isoSeconds(notBefore),
    not_after: isoSeconds(notAfter),
    sha256: await fingerprint(der),
  };
}

/** @param {Date} date */
const isoSeconds = (date) => date.toISOString().replace(/\.\d{3}Z$/, "Z");

/**
 * Return how the key is encrypted, or what its refusal means.
 * @param {Holder | PfxFile} source
 * @returns {Promise<{form: string, opens: boolean | null, problems: string[]}>}
 */
async function formIn(source) {
  try {
    return { form: await readKeyForm(source), opens: null, problems: [] };
  } catch (error) {
    const code = codeOf(error);
    return { form: "", opens: OPENS.get(code) ?? null, problems: [code] };
  }
}

/** Return the code of a refusal; what is none is a fault of ours. @param {unknown} error */
function codeOf(error) {
  if (error instanceof PkiError) return errorCode(error);
  throw error;
}
