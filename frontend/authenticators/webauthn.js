/**
 * Passkeys: between the JSON of our server and the bytes that browsers want. Pure.
 */
import { base64url, unbase64url } from "../lib/bytes.js";
import { _ } from "../lib/i18n.js";

/** @typedef {import("../lib/error_messages.js").Said} Said */
/** @typedef {{id: string, type: "public-key"}} Known */
/**
 * @typedef {object} ToMake what the server sends for a new passkey
 * @property {string} challenge
 * @property {{id: string, name: string}} rp
 * @property {{id: string, name: string, displayName: string}} user
 * @property {PublicKeyCredentialParameters[]} pubKeyCredParams
 * @property {Known[]} [excludeCredentials]
 * @property {number} [timeout]
 * @property {AuthenticatorSelectionCriteria} [authenticatorSelection]
 */
/**
 * @typedef {object} ToSign what the server sends for a signature
 * @property {string} challenge
 * @property {string} rpId
 * @property {Known[]} [allowCredentials]
 * @property {number} [timeout]
 * @property {UserVerificationRequirement} [userVerification]
 */

/**
 * Return what `navigator.credentials.create` takes.
 * @param {ToMake} sent
 * @returns {PublicKeyCredentialCreationOptions}
 */
export function toMake(sent) {
  return {
    rp: sent.rp,
    pubKeyCredParams: sent.pubKeyCredParams,
    timeout: sent.timeout,
    authenticatorSelection: sent.authenticatorSelection,
    attestation: "none",
    challenge: unbase64url(sent.challenge),
    user: { ...sent.user, id: unbase64url(sent.user.id) },
    excludeCredentials: known(sent.excludeCredentials),
  };
}

/**
 * Return what `navigator.credentials.get` takes.
 * @param {ToSign} sent
 * @returns {PublicKeyCredentialRequestOptions}
 */
export function toSign(sent) {
  return {
    rpId: sent.rpId,
    timeout: sent.timeout,
    userVerification: sent.userVerification,
    challenge: unbase64url(sent.challenge),
    allowCredentials: known(sent.allowCredentials),
  };
}

/**
 * Return a new passkey as the server reads it.
 * @param {PublicKeyCredential} made
 */
export function madeAsJson(made) {
  const response = /** @type {AuthenticatorAttestationResponse} */ (made.response);
  return {
    ...head(made),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
    },
  };
}

/**
 * Return a signature as the server reads it.
 * @param {PublicKeyCredential} signed
 */
export function signedAsJson(signed) {
  const response = /** @type {AuthenticatorAssertionResponse} */ (signed.response);
  return {
    ...head(signed),
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      userHandle: response.userHandle ? text(response.userHandle) : null,
    },
  };
}

/**
 * Say why the browser gave no passkey; null for what it has no say in.
 * @param {unknown} error
 * @returns {Said | null}
 */
export function whyNone(error) {
  const { name } = /** @type {{name?: unknown}} */ (error ?? {});
  if (["NotAllowedError", "AbortError", "TimeoutError"].includes(String(name))) {
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

/** @param {Known[]} [list] @returns {PublicKeyCredentialDescriptor[]} */
const known = (list = []) => list.map(({ id, type }) => ({ type, id: unbase64url(id) }));

/** @param {PublicKeyCredential} credential */
const head = (credential) => ({
  id: credential.id,
  rawId: text(credential.rawId),
  type: credential.type,
});

/** @param {ArrayBuffer} bytes */
const text = (bytes) => base64url(new Uint8Array(bytes));
