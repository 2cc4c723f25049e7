/**
 * CMS signatures, written (RFC 5652): what a person signs of a document with their own key.
 *
 * Pure but for WebCrypto's hash. The document itself is never in it: the signature is
 * detached, and knows the document by its SHA-256 alone. The key stays with the caller,
 * who signs what `signedAttributes` returns.
 */

import { copy, fromHex } from "../lib/bytes.js";
import { readCertificate } from "./certificate.js";
import { integer, octetString, oid, sequence, setOf, tagged, time, utf8String } from "./der/der_writer.js";
import { read } from "./der/der_reader.js";
import { OID } from "./der/oids.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/** @typedef {import("./key_pair.js").Signature} Signature */

/**
 * @typedef {object} SignedText
 * @property {Bytes} digest SHA-256 of the document
 * @property {Uint8Array} certificate the signer's, DER
 * @property {Date | null} signingTime what the signer's clock says; null where the
 *   document has it elsewhere, as a PDF does (ETSI EN 319 142-1 6.3)
 * @property {ShownContent} [shown] what its signer was shown of it, where asked to sign
 */

/**
 * What a document was called, and the SHA-256 of what was shown of it and of who asked.
 * @typedef {{title: string, identifier: Uint8Array}} ShownContent
 */

/**
 * @typedef {object} SignatureParts
 * @property {Uint8Array} certificate the signer's, DER
 * @property {Uint8Array[]} chain its issuers, DER
 * @property {Bytes} attributes as `signedAttributes` returned them
 * @property {Signature} signature over them
 * @property {Uint8Array | null} [timestamp] a time-stamp token over the signature's value
 */

/** Of SignedData and SignerInfo with issuer and serial number (RFC 5652 5.1, 5.3). */
const VERSION = 1;
/** RFC 5754 2: the parameters are absent. */
const SHA_256 = sequence(oid(OID.sha256));
/** RFC 5035 2.9, 2.7; not in the table of all, which is on each phone. */
const CONTENT_HINTS = "1.2.840.113549.1.9.16.2.4";
const CONTENT_IDENTIFIER = "1.2.840.113549.1.9.16.2.7";

/**
 * Return what the key signs: a SET OF Attribute in DER (RFC 5652 5.4).
 *
 * It binds the document, the certificate (RFC 5035), and that it is a document which is
 * signed, and no other kind of content.
 * @param {SignedText} text
 * @returns {Promise<Bytes>}
 */
export async function signedAttributes({ digest, certificate, signingTime, shown }) {
  const hash = copy(await crypto.subtle.digest("SHA-256", copy(certificate)));
  // RFC 5035 4: SHA-256 is the default, and DER leaves a default out.
  const signingCertificate = sequence(sequence(sequence(octetString(hash))));
  return setOf(
    attribute(OID.contentType, oid(OID.data)),
    attribute(OID.messageDigest, octetString(digest)),
    attribute(OID.signingCertificateV2, signingCertificate),
    ...(signingTime === null ? [] : [attribute(OID.signingTime, time(signingTime))]),
    ...(shown ? shownAttributes(shown) : []),
  );
}

/**
 * Return a detached signature: ContentInfo with SignedData, in DER.
 * @param {SignatureParts} parts
 * @returns {Bytes}
 */
export function detachedSignature({ certificate, chain, attributes, signature, timestamp }) {
  const { issuerDer, serial } = readCertificate(certificate);
  const unsigned = timestamp ? [tagged(1, attribute(OID.signatureTimeStampToken, timestamp))] : [];
  const signerInfo = sequence(
    integer(VERSION),
    sequence(issuerDer, integer(fromHex(serial))),
    SHA_256,
    // RFC 5652 5.3: [0] IMPLICIT here, and SET OF where it is signed.
    tagged(0, contentOf(attributes)),
    signature.algorithm,
    octetString(signature.value),
    ...unsigned,
  );
  const signedData = sequence(
    integer(VERSION),
    setOf(SHA_256),
    sequence(oid(OID.data)),
    tagged(0, contentOf(setOf(certificate, ...chain))),
    setOf(signerInfo),
  );
  return sequence(oid(OID.signedData), tagged(0, signedData));
}

/** RFC 5035 2.9 and 2.7. @param {ShownContent} shown */
const shownAttributes = ({ title, identifier }) => [
  attribute(CONTENT_HINTS, sequence(utf8String(title), oid(OID.data))),
  attribute(CONTENT_IDENTIFIER, octetString(identifier)),
];

/** @param {string} type @param {Uint8Array} value */
const attribute = (type, value) => sequence(oid(type), setOf(value));

/** @param {Uint8Array} der */
const contentOf = (der) => read(der).content;
