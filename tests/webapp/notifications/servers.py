"""A real mail server on this machine: open, with STARTTLS or TLS, kind or unkind."""

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from webapp.notifications.mailer import MailServer, SmtpMailer

USER, WORD = "letters", "pass/word@1"


@dataclass
class Mailbox:
    """What a mail server took, and how it is minded."""

    says: str = "250 OK"  # to the letter
    says_to: dict[str, str] = field(default_factory=dict)  # to an address
    slow: float = 0
    raw: list[bytes] = field(default_factory=list)
    port: int = 0

    @property
    def letters(self) -> list[EmailMessage]:
        """The letters as a mail program reads them."""
        return [message_from_bytes(content, policy=default) for content in self.raw]

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802
        """Take or refuse an address."""
        reply = self.says_to.get(address, "250 OK")
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802
        """Take or refuse a letter."""
        time.sleep(self.slow)  # the server has one client
        if self.says.startswith("250"):
            self.raw.append(envelope.original_content)
        return self.says

    def post(self, scheme: str = "smtp+plain", **more: object) -> SmtpMailer:
        """Return a post that hands its letters in here."""
        server = MailServer(scheme=scheme, host="127.0.0.1", port=self.port)
        return SmtpMailer(server, **more)


@contextmanager
def mail_server(
    *, tls: Path | None = None, start: bool = True, auth: bool = False
) -> Iterator[Mailbox]:
    """Run a mail server; with the files in `tls`, by STARTTLS or from the start."""
    mailbox = Mailbox()
    options: dict[str, object] = {"hostname": "127.0.0.1", "port": 0}
    if tls:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(tls / "server.pem")
        options |= {"tls_context" if start else "ssl_context": context}
        options |= {"require_starttls": True} if start else {}
    if auth:
        # TLS from the start is not what the library means by it.
        options |= {"auth_require_tls": start}
        options |= {"auth_required": True, "authenticator": _authenticate}
    controller = _AnyPort(mailbox, **options)
    controller.start()
    mailbox.port = controller.server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        controller.stop(no_assert=True)


def make_server_files(folder: Path) -> ssl.SSLContext:
    """Write a key and a certificate for 127.0.0.1; return who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "server.pem").write_bytes(pem + secret)
    return ssl.create_default_context(cadata=pem.decode())


class _AnyPort(Controller):
    def _trigger_server(self) -> None:
        # The library's own way would ask port 0 whether it is there.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _authenticate(_server, _session, _envelope, _mechanism, given) -> AuthResult:
    is_right = given == LoginPassword(USER.encode(), WORD.encode())
    return AuthResult(success=is_right)
