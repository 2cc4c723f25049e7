/**
 * Passkeys: between the JSON of our server and the bytes that browsers want. Pure.
 */
import { base64url, fromBase64url } from "../lib/bytes.js";
import { errorName } from "../lib/errors.js";
import { _ } from "../lib/i18n.js";

/** @typedef {import("../lib/error_messages.js").ErrorText} ErrorText */
/** @typedef {{id: string, type: "public-key"}} CredentialJson */
/**
 * @typedef {object} CreationOptionsJson what the server sends for a new passkey
 * @property {string} challenge
 * @property {{id: string, name: string}} rp
 * @property {{id: string, name: string, displayName: string}} user
 * @property {PublicKeyCredentialParameters[]} pubKeyCredParams
 * @property {CredentialJson[]} [excludeCredentials]
 * @property {number} [timeout]
 * @property {AuthenticatorSelectionCriteria} [authenticatorSelection]
 */
/**
 * @typedef {object} RequestOptionsJson what the server sends for a signature
 * @property {string} challenge
 * @property {string} rpId
 * @property {CredentialJson[]} [allowCredentials]
 * @property {number} [timeout]
 * @property {UserVerificationRequirement} [userVerification]
 */

/**
 * Return what `navigator.credentials.create` takes.
 * @param {CreationOptionsJson} options
 * @returns {PublicKeyCredentialCreationOptions}
 */
export function parseCreationOptions(options) {
  return {
    rp: options.rp,
    pubKeyCredParams: options.pubKeyCredParams,
    timeout: options.timeout,
    authenticatorSelection: options.authenticatorSelection,
    attestation: "none",
    challenge: fromBase64url(options.challenge),
    user: { ...options.user, id: fromBase64url(options.user.id) },
    excludeCredentials: descriptors(options.excludeCredentials),
  };
}

/**
 * Return what `navigator.credentials.get` takes.
 * @param {RequestOptionsJson} options
 * @returns {PublicKeyCredentialRequestOptions}
 */
export function parseRequestOptions(options) {
  return {
    rpId: options.rpId,
    timeout: options.timeout,
    userVerification: options.userVerification,
    challenge: fromBase64url(options.challenge),
    allowCredentials: descriptors(options.allowCredentials),
  };
}

/** Return a new passkey as the server reads it. @param {PublicKeyCredential} created */
export const registrationToJson = (created) =>
  toJson(created, ["clientDataJSON", "attestationObject"]);

/** Return a signature as the server reads it. @param {PublicKeyCredential} signed */
export const assertionToJson = (signed) =>
  toJson(signed, ["clientDataJSON", "authenticatorData", "signature", "userHandle"]);

/**
 * Say why the browser gave no passkey; null for what it has no say in.
 * @param {unknown} error
 * @returns {ErrorText | null}
 */
export function explainError(error) {
  const name = errorName(error);
  if (["NotAllowedError", "AbortError", "TimeoutError"].includes(name)) {
    return {
      code: "passkey_not_given",
      sentence: _("No passkey was used, or the time was over."),
      next: _("Press the button again, or choose another way."),
    };
  }
  if (name === "InvalidStateError") {
    return {
      code: "passkey_known",
      sentence: _("This device has a passkey of yours already."),
      next: _("You can use it as it is."),
    };
  }
  if (name === "SecurityError" || name === "NotSupportedError") {
    return {
      code: "passkey_unsupported",
      sentence: _("This browser cannot use a passkey here."),
      next: _("Choose another way, or open the page in another browser."),
    };
  }
  return null;
}

/** @param {CredentialJson[]} [list] @returns {PublicKeyCredentialDescriptor[]} */
const descriptors = (list = []) => list.map(({ id, type }) => ({ type, id: fromBase64url(id) }));

/** @param {PublicKeyCredential} credential @param {string[]} names of its response */
function toJson({ id, rawId, type, response }, names) {
  const values = /** @type {Record<string, ArrayBuffer | null>} */ (/** @type {any} */ (response));
  const text = (/** @type {string} */ name) =>
    values[name] ? toBase64url(values[name]) : null;
  const fields = Object.fromEntries(names.map((name) => [name, text(name)]));
  return { id, rawId: toBase64url(rawId), type, response: fields };
}

/** @param {ArrayBuffer} bytes */
const toBase64url = (bytes) => base64url(new Uint8Array(bytes));
