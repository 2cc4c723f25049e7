/** Decrypt an EncryptedPrivateKeyInfo with node-forge: FILE PASSWORD. */
import { readFileSync } from "node:fs";
import forge from "node-forge";

const [file, password] = process.argv.slice(2);
const encrypted = forge.asn1.fromDer(readFileSync(file).toString("binary"));
const info = forge.pki.decryptPrivateKeyInfo(encrypted, password);
process.stdout.write(Buffer.from(forge.asn1.toDer(info).getBytes(), "binary"));
