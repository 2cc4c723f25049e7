"""A running centre that has issued a certificate of every status, in files."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.deploy.centre import DEADLINE, Centre, settings
from tests.makers import make_template
from tests.support import revocation
from tests.support.certificate_factory import CertificateFactory
from tests.support.servers import free_port
from webapp import create_app
from webapp.ca.material import read_certificate
from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.config import Config
from webapp.demo import instance as demo
from webapp.pki.authority import Authority, load_key
from webapp.pki.ca_key import AuthorityKey, new_key
from webapp.pki.crl import ReasonCode
from webapp.pki.key_policy import KeyKind

# What relying parties may hear of a certificate; unknown: the issuer never recorded it.
STATUSES = ("good", "revoked", "suspended", "expired", "unknown")
AGE = timedelta(days=40)  # of the centre: a certificate of 20 days has expired in it
LONG_LIVED, SHORT_LIVED = "personal-sign", "demo-20-days"


@dataclass(frozen=True)
class StatusCentre:
    """The centre's addresses, and a PEM file of each certificate and of its key."""

    folder: Path
    config: Config
    address: str

    def certificate(self, status: str) -> Path:
        """Return the file of the certificate with a status, or of a CA."""
        return self.folder / f"{status}.pem"

    def key(self, status: str) -> Path:
        """Return the file of its key."""
        return self.folder / f"{status}.key"

    @property
    def root(self) -> Path:
        """The file of the root's certificate."""
        return self.certificate("root")

    @property
    def issuing(self) -> Path:
        """The file of the issuing CA's certificate."""
        return self.certificate("issuing")

    @property
    def chain(self) -> Path:
        """The file of both CAs' certificates, the issuing one first."""
        return self.certificate("chain")

    def authority(self) -> Authority:
        """Open the issuing CA, for what only a forger would sign."""
        passphrase = str(self.config.issuing_passphrase).encode()
        key = load_key(self.config.issuing_key.read_bytes(), passphrase)
        return Authority(read_certificate(self.config.issuing_certificate), key)

    @contextmanager
    def stored(self, status: str) -> Iterator[tuple[Session, Certificate]]:
        """Give the certificate with a status as the database has it, to change it."""
        app = create_app(self.config)
        serial = x509.load_pem_x509_certificate(self.certificate(status).read_bytes())
        with Session(app.extensions["certferry.sessions"].kw["bind"]) as session:
            stmt = select(Certificate).where(
                Certificate.serial == f"{serial.serial_number:x}"
            )
            yield session, session.scalars(stmt).one()

    def revoke(self, name: str) -> None:
        """Revoke a certificate now, as the counter would."""
        with self.stored(name) as (session, certificate):
            revocation.revoke(
                session,
                certificate,
                reason=ReasonCode.KEY_COMPROMISE,
                actor=None,
                now=utc_now(),
            )

    def revoke_and_publish(self, name: str) -> None:
        """Revoke a certificate; return when the centre's list says so.

        A request waits only a moment for a list (docs/status.md), too short a one where
        the machine is busy.
        """
        self.revoke(name)
        pem = self.certificate(name).read_bytes()
        serial = x509.load_pem_x509_certificate(pem).serial_number
        end = time.monotonic() + DEADLINE
        while True:
            with urlopen(f"{self.address}/pki/issuing.crl", timeout=DEADLINE) as answer:
                crl = x509.load_der_x509_crl(answer.read())
            if crl.get_revoked_certificate_by_serial_number(serial) is not None:
                return
            if time.monotonic() > end:
                raise TimeoutError(f"{name} stands in no list")

    def issue(self, name: str, type_id: str = LONG_LIVED) -> None:
        """Issue one more certificate under a name."""
        app = create_app(self.config)
        with Session(app.extensions["certferry.sessions"].kw["bind"]) as session:
            factory = CertificateFactory.of(app, session)
            self._issue(factory, name, type_id, utc_now())

    def _issue(
        self, factory: CertificateFactory, name: str, type_id: str, now: datetime
    ) -> Certificate:
        key = new_key(factory.issuer.types[type_id].profile.key_kind)
        certificate = factory.issued(now, key=key, type_id=type_id)
        self.write(name, x509.load_der_x509_certificate(certificate.signed_der), key)
        return certificate

    def write(
        self, name: str, certificate: x509.Certificate, key: AuthorityKey
    ) -> None:
        """Write a certificate and its key, which has no password here."""
        self.certificate(name).write_bytes(certificate.public_bytes(Encoding.PEM))
        self.key(name).write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )

    def issue_every_status(self) -> Self:
        """Have a certificate of every status, and the CAs' files."""
        app, now = create_app(self.config), utc_now()
        with Session(app.extensions["certferry.sessions"].kw["bind"]) as session:
            factory = CertificateFactory.of(app, session)
            for status in ("expired", "good", "revoked", "suspended"):
                issued_at = now - AGE if status == "expired" else now
                type_id = SHORT_LIVED if status == "expired" else LONG_LIVED
                certificate = self._issue(factory, status, type_id, issued_at)
                if status == "suspended":
                    revocation.suspend(session, certificate, actor=None, now=now)
                if status == "revoked":
                    reason = ReasonCode.KEY_COMPROMISE
                    revocation.revoke(
                        session, certificate, reason=reason, actor=None, now=now
                    )
        self.write_unrecorded("unknown", ocsp_url=f"{self.address}/ocsp")
        ca = self.folder / "ca"
        self.root.write_bytes((ca / "root.crt").read_bytes())
        self.issuing.write_bytes((ca / "issuing.crt").read_bytes())
        self.chain.write_bytes(self.issuing.read_bytes() + self.root.read_bytes())
        return self

    def write_unrecorded(self, name: str, *, ocsp_url: str) -> None:
        """Sign a certificate that the database never heard of."""
        authority, key = self.authority(), new_key(KeyKind.P_256)
        good = x509.load_pem_x509_certificate(self.certificate("good").read_bytes())
        template = make_template(public_key=key.public_key())
        template = replace(
            template,
            crl_url=f"{self.address}/pki/issuing.crl",
            issuer_url=f"{self.address}/pki/issuing.crt",
            ocsp_url=ocsp_url,
            validity=replace(
                template.validity,
                not_before=good.not_valid_before_utc,
                not_after=good.not_valid_after_utc,
            ),
        )
        tbs = authority.prepare(template)
        self.write(name, x509.load_der_x509_certificate(authority.sign(tbs)), key)


@contextmanager
def running_centre(folder: Path, command: str = "serve") -> Iterator[StatusCentre]:
    """Run a centre that certificates name, with a certificate of every status.

    `command` is what runs there: "ocsp" for the responder alone.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    demo_centre = demo.create_or_open(
        folder,
        public_url="https://localhost",
        pki_url=address,
        now=utc_now() - AGE,
    )
    config = replace(
        demo_centre.config,
        rate_limits=False,
        require_phone_check=False,
        require_security_card=False,
    )
    centre = StatusCentre(folder, config, address).issue_every_status()
    environ = settings(config, CERTFERRY_PKI_URL=address)
    with Centre(environ, folder / "log", port=port, command=command):
        yield centre
