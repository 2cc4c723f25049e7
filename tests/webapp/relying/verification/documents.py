"""Signed things: CMS by openssl, PDF and time stamps by pyHanko."""

import subprocess
from datetime import UTC, datetime
from functools import cache
from io import BytesIO

from asn1crypto import keys, pem
from asn1crypto import x509 as asn1
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

TEXT = b"I owe you ten thousand won.\n"


def openssl(folder, *arguments, given=b""):
    """Run openssl in a folder; return what it wrote."""
    done = subprocess.run(
        ["openssl", *arguments],
        cwd=folder,
        input=given,
        capture_output=True,
        check=True,
    )
    return done.stdout


def write_party(folder, party, name):
    (folder / f"{name}.crt").write_bytes(party.pem)
    (folder / f"{name}.key").write_bytes(party.key_pem)


def cms(folder, content, *parties, detached=True, chain=(), options=()):
    """Return a CMS signature by openssl of each of the parties, in DER."""
    arguments = ["cms", "-sign", "-binary", "-outform", "DER", "-md", "sha256"]
    for number, party in enumerate(parties):
        write_party(folder, party, f"s{number}")
        arguments += ["-signer", f"s{number}.crt", "-inkey", f"s{number}.key"]
    if chain:
        (folder / "chain.pem").write_bytes(b"".join(one.pem for one in chain))
        arguments += ["-certfile", "chain.pem"]
    if not detached:
        arguments.append("-nodetach")
    return openssl(folder, *arguments, *options, given=content)


def signer_of(party, *chain):
    """Return a party as pyHanko signs with it."""
    store = SimpleCertificateStore.from_certs(
        [asn1.Certificate.load(one.der) for one in chain]
    )
    private = keys.PrivateKeyInfo.load(pem.unarmor(party.key_pem)[2])
    return SimpleSigner(
        signing_cert=asn1.Certificate.load(party.der),
        signing_key=private,
        cert_registry=store,
    )


def stamper_of(party, at, *chain):
    """Return a time-stamping authority whose clock shows `at`."""
    signer = signer_of(party, *chain)
    return DummyTimeStamper(
        tsa_cert=signer.signing_cert,
        tsa_key=signer.signing_key,
        certs_to_embed=signer.cert_registry,
        fixed_dt=at,
    )


@cache
def plain_pdf():
    """Return a PDF of one empty page."""
    writer = PdfFileWriter()
    stream = generic.StreamObject(stream_data=b"BT ET")
    page = PageObject(contents=writer.add_object(stream), media_box=(0, 0, 595, 842))
    writer.insert_page(page)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def signed_pdf(
    party, *chain, document=None, field="Signature1", stamper=None, **metadata
):
    """Return a document with one signature more."""
    writer = IncrementalPdfFileWriter(BytesIO(document or plain_pdf()))
    append_signature_field(writer, SigFieldSpec(field))
    out = sign_pdf(
        writer,
        PdfSignatureMetadata(field_name=field, md_algorithm="sha256", **metadata),
        signer=signer_of(party, *chain),
        timestamper=stamper,
    )
    return out.getvalue()


def updated_pdf(document, text=b"BT /F1 12 Tf (one million) Tj ET", *, strict=True):
    """Return a document whose page was changed by an incremental update."""
    writer = IncrementalPdfFileWriter(BytesIO(document), strict=strict)
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=text))
    writer.update_container(page)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def revisions(document):
    return PdfFileReader(BytesIO(document)).xrefs.total_revisions


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)
