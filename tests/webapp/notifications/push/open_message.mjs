/**
 * Open a push message as a browser does (RFC 8291), with Node's own cryptography: reads
 * {body, publicKey, privateKey, auth} as base64url from standard input, writes the text.
 */
import { createDecipheriv, createECDH, hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";

const read = (text) => Buffer.from(text, "base64url");
const input = JSON.parse(readFileSync(0, "utf8"));
const body = read(input.body);
const [salt, idLength] = [body.subarray(0, 16), body[20]];
const sender = body.subarray(21, 21 + idLength);
const sealed = body.subarray(21 + idLength);
const ecdh = createECDH("prime256v1");
ecdh.setPrivateKey(read(input.privateKey));
const own = read(input.publicKey);
const info = Buffer.concat([Buffer.from("WebPush: info\0"), own, sender]);
const secret = hkdfSync("sha256", ecdh.computeSecret(sender), read(input.auth), info, 32);
const derive = (label, length) =>
  Buffer.from(hkdfSync("sha256", Buffer.from(secret), salt, `Content-Encoding: ${label}\0`, length));
const decipher = createDecipheriv("aes-128-gcm", derive("aes128gcm", 16), derive("nonce", 12));
decipher.setAuthTag(sealed.subarray(-16));
const padded = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
process.stdout.write(padded.subarray(0, padded.lastIndexOf(2)));
