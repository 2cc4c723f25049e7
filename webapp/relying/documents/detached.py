"""A CMS signature put together from what a device signed (RFC 5652). Pure.

Twin: frontend/pki/cms.js.
"""

from collections.abc import Sequence
from typing import Final

from asn1crypto import cms, x509

_TOKEN: Final = "signature_time_stamp_token"  # noqa: S105  # the name of an attribute


def detached_signature(
    certificate: bytes, chain: Sequence[bytes], attributes: bytes, signature: bytes
) -> bytes:
    """Return ContentInfo with SignedData, without what was signed; all in DER.

    `attributes` are the SET OF that `signature` is over, `chain` the signer's issuers.
    """
    signer = x509.Certificate.load(certificate)
    is_rsa = signer.public_key.algorithm == "rsa"
    sid = {"issuer": signer.issuer, "serial_number": signer.serial_number}
    info = {
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": sid}),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": cms.CMSAttributes.load(attributes),
        "signature_algorithm": {
            "algorithm": "sha256_rsa" if is_rsa else "sha256_ecdsa"
        },
        "signature": signature,
    }
    content = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "data"},
        "certificates": [signer, *map(x509.Certificate.load, chain)],
        "signer_infos": [info],
    }
    signed = {"content_type": "signed_data", "content": cms.SignedData(content)}
    return bytes(cms.ContentInfo(signed).dump())


def stamped(content: cms.ContentInfo, token: bytes) -> bytes:
    """Return a signature with a token over its value, in DER (RFC 3161 A)."""
    copy = content.copy()
    (signer,) = copy["content"]["signer_infos"]
    attribute = {"type": _TOKEN, "values": [cms.ContentInfo.load(token)]}
    signer["unsigned_attrs"] = cms.CMSAttributes([cms.CMSAttribute(attribute)])
    return bytes(copy.dump())
