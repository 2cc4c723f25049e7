/** Encrypt a PrivateKeyInfo with node-forge, which keeps its bytes: FILE PASSWORD ALGORITHM. */
import { readFileSync } from "node:fs";
import forge from "node-forge";

const [file, password, algorithm] = process.argv.slice(2);
const info = forge.asn1.fromDer(readFileSync(file).toString("binary"));
const options = { algorithm, count: 2048, saltSize: 8 };
const encrypted = forge.pki.encryptPrivateKeyInfo(info, password, options);
process.stdout.write(Buffer.from(forge.asn1.toDer(encrypted).getBytes(), "binary"));
