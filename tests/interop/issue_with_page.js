/**
 * The browser's half of issuing, as a program: a key, its request and its sealed R; then
 * the files of the certificate that was issued for it.
 *
 * Usage: node issue_with_page.js begin FOLDER KIND APPLICATION    identity.key is there
 *        node issue_with_page.js finish FOLDER PASSWORD           signCert.der, ca.der are there
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createIdentityProfile } from "../../frontend/certificates/files/apple_profile.js";
import { randomBytes } from "../../frontend/lib/random.js";
import { RANDOM_NUMBER_BYTES, withRandomNumber } from "../../frontend/npki/identity.js";
import { sealRandomNumber } from "../../frontend/npki/identity_seal.js";
import { KeyForm, encryptKey } from "../../frontend/npki/key_file.js";
import { writePfx } from "../../frontend/npki/pfx.js";
import { createKeyPair } from "../../frontend/pki/key_pair.js";
import { createRequest } from "../../frontend/pki/signing_request.js";

const [step, folder, ...words] = process.argv.slice(2);

/** @param {string} name */
const load = (name) => Uint8Array.from(readFileSync(join(folder, name)));

/** @param {string} name @param {Uint8Array} bytes */
const save = (name, bytes) => writeFileSync(join(folder, name), bytes);

/** @param {string} kind @param {string} applicationId */
async function begin(kind, applicationId) {
  const pair = await createKeyPair(/** @type {"rsa-2048" | "p-256"} */ (kind));
  const randomNumber = randomBytes(RANDOM_NUMBER_BYTES);
  const request = await createRequest(pair);
  const place = { request, applicationId };
  save("request.der", request);
  save("plain.der", withRandomNumber(pair.pkcs8, randomNumber));
  save("sealed.bin", await sealRandomNumber(load("identity.key"), randomNumber, place));
}

/** @param {string} password */
async function finish(password) {
  const [privateKeyInfo, certificate, ca] = ["plain.der", "signCert.der", "ca.der"].map(load);
  const contents = {
    privateKeyInfo,
    certificate,
    chain: [ca],
    password,
    friendlyName: "김하나",
  };
  const key = await encryptKey(privateKeyInfo, password, KeyForm.A, { random: randomBytes });
  save("signPri.key", key);
  save("set.p12", await writePfx(contents));
  const pkcs12 = await writePfx(contents, { encoding: "older" });
  const words = { name: '김하나 & <b>"', issuer: "certferry demo" };
  save("older.p12", pkcs12);
  save("set.mobileconfig", await createIdentityProfile({ pkcs12, certificate, ...words }));
}

if (step === "begin") await begin(words[0], words[1]);
else await finish(words[0]);
