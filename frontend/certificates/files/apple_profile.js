/**
 * A configuration profile (.mobileconfig) with which iPhone, iPad and Mac take a certificate
 * and its key into their own store.
 *
 * Made in the page: no byte of it is sent. Python twin, for the root alone:
 * webapp/repository/apple_profile.py. Pure.
 */

import { copy, hex, utf8 } from "../../lib/bytes.js";
import { writePlist } from "./plist.js";

/** @typedef {import("../../lib/bytes.js").Bytes} Bytes */

export const PROFILE_TYPE = "application/x-apple-aspen-config";
const IDENTIFIER = "certferry.identity";

/**
 * Return a profile that holds a PKCS#12 file; the device asks for its password. The same
 * certificate gives the same identifiers, so that installing it again replaces it.
 * @param {object} of
 * @param {Uint8Array} of.pkcs12
 * @param {Uint8Array} of.certificate DER
 * @param {string} of.name what the device shows before it installs
 * @param {string} of.issuer who issued it
 * @returns {Promise<Bytes>}
 */
export async function createIdentityProfile({ pkcs12, certificate, name, issuer }) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", copy(certificate)));
  const identifier = `${IDENTIFIER}.${hex(digest.subarray(0, 8))}`;
  const identity = {
    PayloadType: "com.apple.security.pkcs12",
    PayloadVersion: 1,
    PayloadIdentifier: `${identifier}.certificate`,
    PayloadUUID: uuid(digest.subarray(0, 16)),
    PayloadDisplayName: name,
    PayloadCertificateFileName: "certificate.p12",
    PayloadContent: pkcs12,
  };
  const profile = {
    PayloadType: "Configuration",
    PayloadVersion: 1,
    PayloadIdentifier: identifier,
    PayloadUUID: uuid(digest.subarray(16)),
    PayloadDisplayName: name,
    PayloadOrganization: issuer,
    PayloadRemovalDisallowed: false,
    PayloadContent: [identity],
  };
  return utf8(writePlist(profile));
}

/** @param {Uint8Array} octets 16 of them */
function uuid(octets) {
  // RFC 9562 5.8: a UUID of one's own making has version 8.
  const changed = copy(octets);
  changed[6] = (changed[6] & 0x0f) | 0x80;
  changed[8] = (changed[8] & 0x3f) | 0x80;
  return hex(changed)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
    .toUpperCase();
}
