/**
 * Read a file that another program made, and print what the page would see of it.
 *
 * Usage: node read_files.js key FILE PASSWORD     the PrivateKeyInfo, in hexadecimal
 *        node read_files.js pfx FILE PASSWORD     keys and certificates, as JSON
 *        node read_files.js random-number FILE    R of a PrivateKeyInfo
 *        node read_files.js certificate FILE      the fields, as JSON
 * A refusal prints "refused: " and its code.
 */

import { readFileSync } from "node:fs";
import { hex } from "../../frontend/lib/bytes.js";
import { readRandomNumber } from "../../frontend/npki/identity.js";
import { fingerprint, readCertificate } from "../../frontend/pki/certificate.js";
import { PkiError } from "../../frontend/pki/der/errors.js";
import { decryptKey } from "../../frontend/npki/key_file.js";
import { readPfx } from "../../frontend/npki/pfx.js";

/** @type {Record<string, (bytes: Uint8Array, password: string) => unknown>} */
const READERS = {
  key: async (bytes, password) => hex(await decryptKey(bytes, password)),
  pfx: async (bytes, password) => {
    const { keys, certificates } = await readPfx(bytes, password);
    const shown = {
      keys: keys.map(({ privateKeyInfo }) => hex(privateKeyInfo)),
      certificates: certificates.map(({ der }) => hex(der)),
      friendlyName: keys[0]?.friendlyName,
    };
    return JSON.stringify(shown);
  },
  "random-number": (bytes) => hex(readRandomNumber(bytes) ?? new Uint8Array()),
  certificate: async (bytes) => {
    const read = readCertificate(bytes);
    const shown = { ...read, spki: hex(read.spki), sha256: await fingerprint(bytes) };
    return JSON.stringify(shown);
  },
};

const [command, file, password] = process.argv.slice(2);
try {
  const bytes = Uint8Array.from(readFileSync(file));
  process.stdout.write(String(await READERS[command](bytes, password)));
} catch (error) {
  if (!(error instanceof PkiError)) throw error;
  process.stdout.write(`refused: ${error.code}`);
}
