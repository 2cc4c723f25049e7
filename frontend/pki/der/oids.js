/**
 * Object identifiers, by the name that the code uses. A table and nothing else.
 */

export const OID = Object.freeze({
  rsaEncryption: "1.2.840.113549.1.1.1",
  sha256WithRsa: "1.2.840.113549.1.1.11",
  ecPublicKey: "1.2.840.10045.2.1",
  p256: "1.2.840.10045.3.1.7",
  p384: "1.3.132.0.34",
  p521: "1.3.132.0.35",
  ed25519: "1.3.101.112",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  ecdsaWithSha384: "1.2.840.10045.4.3.3",

  pbes2: "1.2.840.113549.1.5.13",
  pbkdf2: "1.2.840.113549.1.5.12",
  scrypt: "1.3.6.1.4.1.11591.4.11",
  hmacSha1: "1.2.840.113549.2.7",
  hmacSha224: "1.2.840.113549.2.8",
  hmacSha256: "1.2.840.113549.2.9",
  hmacSha384: "1.2.840.113549.2.10",
  hmacSha512: "1.2.840.113549.2.11",
  hmacSha512Of224: "1.2.840.113549.2.12",
  hmacSha512Of256: "1.2.840.113549.2.13",
  aes128Cbc: "2.16.840.1.101.3.4.1.2",
  aes192Cbc: "2.16.840.1.101.3.4.1.22",
  aes256Cbc: "2.16.840.1.101.3.4.1.42",
  sha1: "1.3.14.3.2.26",
  desCbc: "1.3.14.3.2.7",
  tripleDesCbc: "1.2.840.113549.3.7",
  rc2Cbc: "1.2.840.113549.3.2",
  seedCbc: "1.2.410.200004.1.4",
  seedCbcWithSha1: "1.2.410.200004.1.15",
  aria128Cbc: "1.2.410.200046.1.1.2",
  aria192Cbc: "1.2.410.200046.1.1.7",
  aria256Cbc: "1.2.410.200046.1.1.12",
  sha256: "2.16.840.1.101.3.4.2.1",

  /** Of PKCS#5 1.5 (RFC 8018 A.3). */
  md5WithDes: "1.2.840.113549.1.5.3",
  md5WithRc2: "1.2.840.113549.1.5.6",
  sha1WithDes: "1.2.840.113549.1.5.10",
  sha1WithRc2: "1.2.840.113549.1.5.11",

  /** Of PKCS#12 (RFC 7292 C), all with SHA-1. */
  pkcs12TripleDes: "1.2.840.113549.1.12.1.3",
  pkcs12TwoKeyTripleDes: "1.2.840.113549.1.12.1.4",
  pkcs12Rc2Of128: "1.2.840.113549.1.12.1.5",
  pkcs12Rc2Of40: "1.2.840.113549.1.12.1.6",

  sha224: "2.16.840.1.101.3.4.2.4",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
  sha512Of224: "2.16.840.1.101.3.4.2.5",
  sha512Of256: "2.16.840.1.101.3.4.2.6",
  pbmac1: "1.2.840.113549.1.5.14",

  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  encryptedData: "1.2.840.113549.1.7.6",
  keyBag: "1.2.840.113549.1.12.10.1.1",
  shroudedKeyBag: "1.2.840.113549.1.12.10.1.2",
  certBag: "1.2.840.113549.1.12.10.1.3",
  safeContentsBag: "1.2.840.113549.1.12.10.1.6",
  x509Certificate: "1.2.840.113549.1.9.22.1",
  friendlyName: "1.2.840.113549.1.9.20",
  localKeyId: "1.2.840.113549.1.9.21",

  /** Attributes of a CMS signature (RFC 5652 11, RFC 5035, RFC 3161 A). */
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  signingTime: "1.2.840.113549.1.9.5",
  signatureTimeStampToken: "1.2.840.113549.1.9.16.2.14",
  signingCertificateV2: "1.2.840.113549.1.9.16.2.47",
  tstInfo: "1.2.840.113549.1.9.16.1.4",

  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  reasonCode: "2.5.29.21",
  certificatePolicies: "2.5.29.32",

  /** id-kisa-randomNum: R inside a private key (docs/npki, section 3). */
  randomNumber: "1.2.410.200004.10.1.1.3",
  /** id-kisa-identifyData and id-kisa-vid, in a certificate (section 4). */
  identifyData: "1.2.410.200004.10.1.1",
  vid: "1.2.410.200004.10.1.1.1",
});

/** What a part of a name is called in text (RFC 4514 3). */
export const NAME_PARTS = Object.freeze(
  /** @type {Record<string, string>} */ ({
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.25": "DC",
  }),
);
