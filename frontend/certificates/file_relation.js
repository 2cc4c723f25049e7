/**
 * What a .p12 file that lies somewhere is to a certificate: told by its contents, as far as
 * the certificate's own password opens it.
 */
import { errorCode } from "../lib/errors.js";
import { loadModule } from "../lib/lazy.js";
import { isSuccessorOf } from "./succession.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/**
 * `locked`: its password is another one, or it cannot be read.
 * @typedef {"predecessor" | "other" | "locked"} FileRelation
 */

/** No certificate is in such a file, whatever its name. */
const NO_PFX = new Set(["pfx_form", "bad_der"]);

/**
 * Return what tells a file's relation to a certificate.
 * @param {Uint8Array} certificate DER
 * @param {string} password
 * @returns {(octets: Bytes) => Promise<FileRelation>}
 */
export const relateFile = (certificate, password) => async (octets) => {
  const { readPfx } = await loadModule(() => import("../npki/pfx.js"));
  try {
    const { certificates } = await readPfx(octets, password);
    return certificates.some(({ der }) => isSuccessorOf(certificate, der)) ? "predecessor" : "other";
  } catch (error) {
    const code = errorCode(error);
    if (code === "") throw error;
    return NO_PFX.has(code) ? "other" : "locked";
  }
};
