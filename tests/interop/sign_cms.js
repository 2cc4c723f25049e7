/**
 * Sign a file with the page's own modules: node sign_cms.js FOLDER. Reads document,
 * key.der, certificate.der, issuing.der and root.der there, and writes signature.p7s.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { detachedSignature, signedAttributes } from "../../frontend/pki/cms.js";
import { importPrivateKey, sign } from "../../frontend/pki/key_pair.js";

const folder = process.argv[2];
const open = async (/** @type {string} */ name) => Uint8Array.from(await readFile(join(folder, name)));

const document = await open("document");
const certificate = await open("certificate.der");
const chain = [await open("issuing.der"), await open("root.der")];
const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", document));
const signingTime = new Date("2026-03-05T03:00:00Z");
const attributes = await signedAttributes({ digest, certificate, signingTime });
const key = await importPrivateKey(await open("key.der"));
const signature = await sign(key, attributes);
const parts = { certificate, chain, attributes, signature };
await writeFile(join(folder, "signature.p7s"), detachedSignature(parts));
