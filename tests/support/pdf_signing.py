"""PDF files for tests, and what a browser does with one that was prepared."""

import hashlib
import re
from io import BytesIO

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign.general import as_signing_certificate_v2

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
A4 = (0, 0, 595, 842)


def make_pdf(pages: int = 1, *, rotation: int = 0, text: str = "Contract") -> bytes:
    """Return a small document with a line of text on each page."""
    writer = PdfFileWriter()
    font = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Font"),
            pdf_name("/Subtype"): pdf_name("/Type1"),
            pdf_name("/BaseFont"): pdf_name("/Helvetica"),
        }
    )
    fonts = generic.DictionaryObject({pdf_name("/F1"): font})
    for number in range(1, pages + 1):
        content = f"BT /F1 24 Tf 72 700 Td ({text}, page {number}) Tj ET".encode()
        page = PageObject(
            contents=writer.add_object(generic.StreamObject(stream_data=content)),
            media_box=generic.ArrayObject(map(generic.NumberObject, A4)),
            resources=generic.DictionaryObject({pdf_name("/Font"): fonts}),
        )
        if rotation:
            page["/Rotate"] = generic.NumberObject(rotation)
        writer.insert_page(page)
    output = BytesIO()
    writer.write(output)
    return output.getvalue()


def sign_prepared(prepared: bytes, key: Key, *chain: x509.Certificate) -> bytes:
    """Return a prepared document with the signature of a key in it, as a browser does.

    The first of `chain` is the signer's own certificate.
    """
    *_, last = re.finditer(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+) *\]", prepared)
    start, begin, end, length = (int(number) for number in last.groups())
    signed = prepared[start:begin] + prepared[end : end + length]
    content = sign_detached(signed, key, *chain).hex().encode()
    room = end - begin - 2
    filled = content + b"0" * (room - len(content))
    return prepared[:begin] + b"<" + filled + b">" + prepared[end:]


def sign_detached(document: bytes, key: Key, *chain: x509.Certificate) -> bytes:
    """Return a detached CMS signature without a time of its own, DER."""
    certificates = [
        asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in chain
    ]
    own = certificates[0]
    values = {
        "content_type": "data",
        "message_digest": hashlib.sha256(document).digest(),
        "signing_certificate_v2": as_signing_certificate_v2(own),
    }
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": type_, "values": (value,)})
            for type_, value in values.items()
        ]
    )
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    if isinstance(key, rsa.RSAPrivateKey):
        value = key.sign(attributes.dump(), padding.PKCS1v15(), hashes.SHA256())
    else:
        value = key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
    identifier = {"issuer": own.issuer, "serial_number": own.serial_number}
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": identifier}),
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": attributes,
        "signature_algorithm": {
            "algorithm": "sha256_rsa" if is_rsa else "sha256_ecdsa"
        },
        "signature": value,
    }
    content = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data"},
            "certificates": certificates,
            "signer_infos": [signer],
        }
    )
    content_info = {"content_type": "signed_data", "content": content}
    return bytes(cms.ContentInfo(content_info).dump())
