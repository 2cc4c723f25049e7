"""What the modules for key files refuse: one tree, each refusal with a stable code."""

from mobile_bridge.errors import BridgeError


class NpkiError(BridgeError):
    """These files cannot be used."""

    code = "npki_refused"


class SourceError(NpkiError):
    """There is no certificate with its key."""

    code = "no_certificate"


class UnreadableError(SourceError):
    """A file is not there or cannot be read."""

    code = "file_unreadable"


class PathTooLongError(UnreadableError):
    """The system has no paths or names as long as this one."""

    code = "path_too_long"


class ForbiddenError(UnreadableError):
    """Whoever runs this may not read it."""

    code = "file_forbidden"


class TooLargeFileError(UnreadableError):
    """The file is larger than a file of its kind."""

    code = "file_too_large"


class KeyFormError(NpkiError):
    """The file is no encrypted private key, or it is damaged: no password can help."""

    code = "key_form"


class PlainKeyError(NpkiError):
    """The file is a private key that no password protects."""

    code = "key_plain"


class UnknownKeyError(NpkiError):
    """The key is of a kind, or encrypted in a way, that this program cannot read."""

    code = "key_unknown"


class OpensslKeyError(UnknownKeyError):
    """The key is PEM that OpenSSL encrypted in a way of its own (RFC 1421 4.6.1.1)."""

    code = "key_pem_encrypted"


class TooMuchWorkError(NpkiError):
    """A file asks for more work than any honest one does."""

    code = "key_work"


class MismatchError(NpkiError):
    """The key is not the certificate's."""

    code = "key_mismatch"


class PfxError(NpkiError):
    """This is not a PKCS#12 file, or it is damaged."""

    code = "pfx_form"


class PfxDamagedError(PfxError):
    """The password opens the key, but the file was changed after it was written."""

    code = "pfx_damaged"


class KeyMissingError(PfxError):
    """There is no private key in the file."""

    code = "key_missing"


class WrongPasswordError(NpkiError):
    """The password does not open the key."""

    code = "wrong_password"


class PasswordEncodingError(WrongPasswordError):
    """The password came in bytes that are not UTF-8, and they open nothing."""

    code = "password_encoding"


class PasswordNotAsciiError(NpkiError):
    """PKCS#12 readers disagree on a password that is not plain ASCII."""

    code = "password_not_ascii"
