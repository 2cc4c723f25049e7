/**
 * What is refused of bytes under a password, one class a reason. Twin of the errors in
 * mobile_bridge/npki, by code.
 */
import { PkiError } from "../../pki/der/errors.js";
import "./key_messages.js";

/** No spelling of the password opens it. */
export class WrongPasswordError extends PkiError {
  code = "wrong_password";
}

/** These bytes are no EncryptedPrivateKeyInfo, or a damaged one. */
export class KeyFormError extends PkiError {
  code = "key_form";
}

/** It is encrypted in a way that is not read here. */
export class UnknownKeyError extends PkiError {
  code = "key_unknown";
}

/** It is PEM that OpenSSL encrypted in a way of its own (RFC 1421 4.6.1.1). */
export class OpensslKeyError extends UnknownKeyError {
  code = "key_pem_encrypted";
}
