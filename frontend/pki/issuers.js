/**
 * What people call the issuer of a certificate, in the language of the page.
 *
 * Pure. Twin of mobile_bridge/pki/issuers.py; both read tests/vectors/issuers.json.
 */
import { _ } from "../lib/i18n.js";

/** What the common name begins with, before "CA", and what they are called. */
const KNOWN = new Map([
  ["yessign", () => _("KFTC (yessign)")],
  ["signgate", () => _("KICA (signGATE)")],
  ["kica", () => _("KICA (signGATE)")],
  ["crosscert", () => _("CrossCert")],
  ["signkorea", () => _("Koscom (SignKorea)")],
  ["tradesign", () => _("KTNET (TradeSign)")],
  ["ncasign", () => _("NCA (NCASign)")],
  ["inipass", () => _("Initech (iniPass)")],
  ["kisa", () => _("KISA")],
]);
const NAME = new RegExp(
  `^(${[...KNOWN.keys()].join("|")})(?: ?(?:Root ?)?CA(?: ?[0-9]+| Class [0-9])?)?$`,
  "i",
);

/**
 * Return the name of an issuer.
 * @param {string} commonName
 * @returns {string} in the language of the page
 */
export function issuerCalled(commonName) {
  const describe = KNOWN.get(NAME.exec(commonName)?.[1].toLowerCase() ?? "");
  return describe?.() ?? commonName;
}
