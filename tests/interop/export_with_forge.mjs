/** Write a PKCS#12 file with node-forge: KEY CERTIFICATE PASSWORD ALGORITHM. */
import { readFileSync } from "node:fs";
import forge from "node-forge";

const [keyFile, certificateFile, password, algorithm] = process.argv.slice(2);
const key = forge.pki.privateKeyFromPem(readFileSync(keyFile, "utf8"));
const certificate = readFileSync(certificateFile, "utf8");
const options = { algorithm, friendlyName: "hana", count: 2048 };
const pfx = forge.pkcs12.toPkcs12Asn1(key, [certificate], password, options);
process.stdout.write(Buffer.from(forge.asn1.toDer(pfx).getBytes(), "binary"));
