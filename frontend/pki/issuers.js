/**
 * What people call the issuer of a certificate, in the language of the page.
 *
 * Pure. Twin of mobile_bridge/pki/issuers.py; both read tests/vectors/issuers.json.
 */

/** What the common name begins with, before "CA"; in Korean and in English. */
const KNOWN = new Map([
  ["yessign", ["금융결제원(yessign)", "KFTC (yessign)"]],
  ["signgate", ["한국정보인증(KICA)", "KICA (signGATE)"]],
  ["kica", ["한국정보인증(KICA)", "KICA (signGATE)"]],
  ["crosscert", ["한국전자인증(CrossCert)", "CrossCert"]],
  ["signkorea", ["코스콤(SignKorea)", "Koscom (SignKorea)"]],
  ["tradesign", ["한국무역정보통신(TradeSign)", "KTNET (TradeSign)"]],
  ["ncasign", ["한국전산원(NCASign)", "NCA (NCASign)"]],
  ["inipass", ["이니텍(iniPass)", "Initech (iniPass)"]],
  ["kisa", ["한국인터넷진흥원(KISA)", "KISA"]],
]);
const NAME = new RegExp(
  `^(${[...KNOWN.keys()].join("|")})(?: ?(?:Root ?)?CA(?: ?[0-9]+| Class [0-9])?)?$`,
  "i",
);

/**
 * Return the name of an issuer.
 * @param {string} commonName
 * @param {string} language "ko" or "en"
 * @returns {string}
 */
export function issuerCalled(commonName, language) {
  const known = KNOWN.get(NAME.exec(commonName)?.[1].toLowerCase() ?? "");
  return known?.[language === "ko" ? 0 : 1] ?? commonName;
}
