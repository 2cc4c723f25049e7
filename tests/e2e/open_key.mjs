/** Print pkcs8 and R of a kept key in hex: node open_key.mjs PASSWORD, DER on input. */
import { readFileSync } from "node:fs";
import { hex } from "../../frontend/lib/bytes.js";
import { readRandomNumber } from "../../frontend/npki/identity.js";
import { decryptKey } from "../../frontend/npki/key_file.js";

const pkcs8 = await decryptKey(Uint8Array.from(readFileSync(0)), process.argv[2]);
const randomNumber = readRandomNumber(pkcs8) ?? new Uint8Array();
process.stdout.write(`${hex(pkcs8)} ${hex(randomNumber)}`);
