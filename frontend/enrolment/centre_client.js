/**
 * What a page asks the centre for a certificate with: the request, the chain, the report.
 *
 * Knows neither page nor store. The session is the page's own cookie; whose key it is
 * does not matter here, nor on which device it lies.
 */
import { base64, copy, fromBase64 } from "../lib/bytes.js";
import { CodedError } from "../lib/errors.js";

/** @typedef {import("../lib/bytes.js").Bytes} Bytes */
/**
 * What a certificate is asked for with; `sealedRandomNumber` is R, for the issuing CA
 * alone.
 * @typedef {{applicationId: string, idempotencyKey: string, request: Uint8Array,
 *   sealedRandomNumber?: Uint8Array}} CertificateRequest
 */
/** @typedef {{certificate: Bytes, serverId: string}} Issued */
/** @typedef {{post: typeof import("../lib/http.js").post,
 *   get: typeof import("../lib/http.js").get}} Http
 */

const CSR = "application/pkcs10";
const CERTIFICATE = "application/pkix-cert";
const IDENTITY_KEY_BYTES = 1216; // X-Wing
const CERTIFICATE_PATH = /^\/certificates\/([\w-]{1,64})$/;

/** The centre answered in another form than agreed. Code: `unexpected_answer`. */
export class CentreAnswerError extends CodedError {}

/** The centre, as one page asks it. */
export class CentreClient {
  /** @type {Http} */ #http;

  /** @param {Http} http */
  constructor(http) {
    this.#http = http;
  }

  /**
   * Ask for a certificate; the same request gets the same one, however often.
   * @param {CertificateRequest} asked
   * @returns {Promise<Issued>}
   * @throws {import("../lib/http.js").ApiError | CentreAnswerError}
   */
  async requestCertificate({ applicationId, idempotencyKey, request, sealedRandomNumber }) {
    const isSealed = sealedRandomNumber !== undefined && sealedRandomNumber.length > 0;
    const headers = {
      ...(isSealed && { "Sealed-Random-Number": base64(sealedRandomNumber) }),
      "Content-Type": CSR,
      Accept: CERTIFICATE,
      "Application-Id": applicationId,
      "Idempotency-Key": idempotencyKey,
    };
    const response = await this.#http.post("/certificates", request, { headers });
    const path = response.headers.get("Location") ?? "";
    const serverId = CERTIFICATE_PATH.exec(path)?.[1];
    const type = response.headers.get("Content-Type")?.split(";")[0].trim();
    if (serverId === undefined || type !== CERTIFICATE)
      throw new CentreAnswerError("unexpected_answer");
    return { certificate: copy(await response.arrayBuffer()), serverId };
  }

  /**
   * Return the certificates of the CAs, the issuer first.
   * @returns {Promise<Bytes[]>}
   * @throws {import("../lib/http.js").ApiError | CentreAnswerError}
   */
  async fetchChain() {
    const response = await this.#http.get("/pki/chain.json");
    try {
      const { chain } = /** @type {{chain: string[]}} */ (await response.json());
      return chain.map((one) => copy(fromBase64(one)));
    } catch {
      throw new CentreAnswerError("unexpected_answer");
    }
  }

  /**
   * Return the key of the issuing CA to which R is sealed.
   * @returns {Promise<Bytes>}
   * @throws {import("../lib/http.js").ApiError | CentreAnswerError}
   */
  async fetchIdentityKey() {
    const response = await this.#http.get("/pki/identity-key");
    const key = copy(await response.arrayBuffer());
    if (key.length !== IDENTITY_KEY_BYTES) throw new CentreAnswerError("unexpected_answer");
    return key;
  }

  /**
   * Tell where the certificate stands now.
   * @param {string} serverId
   * @param {import("../certificates/store.js").StorageKind | "file"} place
   * @throws {import("../lib/http.js").ApiError}
   */
  async reportDelivery(serverId, place) {
    await this.#http.post(`/certificates/${serverId}/delivered`, { place });
  }
}
