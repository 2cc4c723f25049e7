/**
 * Write what the page's modules make into a folder, for other programs to open.
 *
 * Usage: node make_files.js FOLDER KIND PASSWORD
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { withRandomNumber } from "../../frontend/npki/identity.js";
import { createKeyPair } from "../../frontend/pki/key_pair.js";
import { writePfx } from "../../frontend/npki/pfx.js";
import { encryptKey } from "../../frontend/npki/key_file.js";
import { randomBytes } from "../../frontend/lib/random.js";
import { createRequest } from "../../frontend/pki/signing_request.js";
import { makeCertificate, nameOf } from "../frontend/pki/makers.js";

const [folder, kind, password] = process.argv.slice(2);
const pair = await createKeyPair(/** @type {"rsa-2048" | "p-256"} */ (kind));
const authority = await createKeyPair("p-256");
const issuer = nameOf("certferry demo CA (not accredited)");
const signer = authority.privateKey;
const r = randomBytes(20);
const key = withRandomNumber(pair.pkcs8, r);
const certificate = await makeCertificate({ spki: pair.spki, signer });
const ca = await makeCertificate({ spki: authority.spki, signer, subject: issuer });
const contents = { privateKeyInfo: key, certificate, chain: [ca], password, friendlyName: "김하나" };

const files = {
  "request.der": await createRequest(pair),
  "spki.der": pair.spki,
  "bare.der": pair.pkcs8,
  "plain.der": key,
  "r.bin": r,
  "signCert.der": certificate,
  "ca.der": ca,
  "signPri.key": await encryptKey(key, password, "D"),
  "set.p12": await writePfx(contents),
  "older.p12": await writePfx(contents, { encoding: "older" }),
  "A.key": await encryptKey(key, password, "A"),
  "B.key": await encryptKey(key, password, "B"),
  "P.key": await encryptKey(key, password, "P"),
};
for (const [name, bytes] of Object.entries(files)) {
  writeFileSync(join(folder, name), bytes);
}
