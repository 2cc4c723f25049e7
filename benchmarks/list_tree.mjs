/** List a tree of certificates, given as JSON on standard input: [[path, base64], …]. */
import { readFileSync } from "node:fs";
import { findHolders } from "../frontend/npki/files/folder.js";
import { readCertificate } from "../frontend/pki/certificate.js";

const files = JSON.parse(readFileSync(0, "utf8")).map(([path, content]) => ({
  path,
  octets: new Uint8Array(Buffer.from(content, "base64")),
}));
const begun = performance.now();
const { holders } = findHolders(files);
for (const holder of holders) readCertificate(holder.signCert);
const seconds = (performance.now() - begun) / 1000;
process.stdout.write(JSON.stringify({ holders: holders.length, seconds }));
