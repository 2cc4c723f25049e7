/** Print what a QR code says: node read_qr.mjs WIDTH HEIGHT, RGBA on standard input. */
import { readFileSync } from "node:fs";
import decodeQR from "qr/decode.js";

const [width, height] = process.argv.slice(2).map(Number);
process.stdout.write(decodeQR({ width, height, data: readFileSync(0) }));
