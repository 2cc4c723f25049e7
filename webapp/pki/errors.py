"""Every reason why this package refuses, as one tree of exceptions.

`code` is stable and meant for programs and for the table of sentences that people
read; the docstring says what is wrong in one sentence.
"""

from typing import ClassVar


class PkiError(Exception):
    """The input was refused."""

    code: ClassVar[str] = "refused"

    def __str__(self) -> str:
        """Say the detail that was given, else the sentence of the class."""
        return super().__str__() or self.__doc__ or self.code


class SigningRequestError(PkiError):
    """The signing request was refused."""


class RequestTooLargeError(SigningRequestError):
    """The signing request is larger than any honest one."""

    code = "request_too_large"


class PemRequestError(SigningRequestError):
    """The signing request is PEM text; send it as DER."""

    code = "request_is_pem"


class MalformedRequestError(SigningRequestError):
    """The bytes are not one strictly encoded PKCS#10 request."""

    code = "request_malformed"


class SignatureAlgorithmError(SigningRequestError):
    """The request is not signed with RSA or ECDSA over SHA-256 or better."""

    code = "signature_algorithm"


class ProofOfPossessionError(SigningRequestError):
    """The request is not signed by the key it carries."""

    code = "proof_of_possession"


class OcspRequestError(PkiError):
    """The bytes are not one OCSP request that we take."""

    code = "ocsp_malformed"


class KeyPolicyError(PkiError):
    """The public key was refused."""


class UnsupportedKeyError(KeyPolicyError):
    """The key is neither RSA of 2048, 3072 or 4096 bits nor on P-256 or P-384."""

    code = "key_unsupported"


class KeyKindError(KeyPolicyError):
    """The key is not of the kind this certificate type asks for."""

    code = "key_kind"


class KeyExponentError(KeyPolicyError):
    """The public exponent of the RSA key is not 65537."""

    code = "key_exponent"


class WeakKeyError(KeyPolicyError):
    """The key can be broken by a known method."""

    code = "key_weak"

    def __init__(self, weakness: str) -> None:
        """Remember which check of `badkeys` fired."""
        super().__init__(weakness)
        self.weakness = weakness


class HolderError(PkiError):
    """The holder's name or number cannot stand in a certificate."""

    code = "holder_invalid"


class NameTooLongError(HolderError):
    """The holder's name does not fit into a common name of 64 bytes."""

    code = "name_too_long"


class AuthorityError(PkiError):
    """The authority cannot be used like this."""


class KeyMismatchError(AuthorityError):
    """The authority's key does not belong to its certificate."""

    code = "authority_key_mismatch"


class AuthorityExpiresFirstError(AuthorityError):
    """The certificate would outlive the authority that signs it."""

    code = "authority_expires_first"


class AuthorityNameError(AuthorityError):
    """The name is not one that an authority here may have."""

    code = "authority_name"

    def __init__(self, why: str) -> None:
        """Say what is wrong with the name."""
        super().__init__(f"The name {why}.")


class IssuerMismatchError(AuthorityError):
    """The bytes to be signed do not name this authority as their issuer."""

    code = "not_ours"


class KeyFileError(AuthorityError):
    """The key file is not an encrypted PKCS#8 key of a kind we use."""

    code = "key_file"


class WrongPassphraseError(AuthorityError):
    """The passphrase does not open the key file, or the file is damaged."""

    code = "wrong_passphrase"
