"""How letters leave the centre: by SMTP, printed in the terminal, or not at all.

A mail server is believed only with a certificate that fits its name. Its password is
never sent over an open line.
"""

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final, Protocol

from webapp.config import Config
from webapp.values.mail_server import BadMailAddressError, MailServer, read_mail_server

__all__ = [
    "BadMailAddressError",
    "ConsoleMailer",
    "MailDeferredError",
    "MailError",
    "MailRefusedError",
    "MailServer",
    "MailServerDownError",
    "Mailer",
    "SmtpMailer",
    "mailer_for",
    "read_mail_server",
]

TIMEOUT: Final = 20.0  # seconds for each answer of a mail server


class MailError(Exception):
    """A letter did not leave."""


class MailServerDownError(MailError):
    """The mail server cannot be used now: no letter leaves, this one or another."""


class MailDeferredError(MailError):
    """The mail server takes this letter later, as it says."""


class MailRefusedError(MailError):
    """The mail server will never take this letter."""


class Mailer(Protocol):
    """Whoever carries letters."""

    def send(self, message: EmailMessage) -> None:
        """Return when the letter is taken.

        Raises:
            MailError: it was not.
        """


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """Hands each letter in by a connection of its own."""

    server: MailServer
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    timeout: float = TIMEOUT

    def send(self, message: EmailMessage) -> None:
        """Hand a letter in."""
        try:
            smtp = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerDownError(_kind(error)) from None
        try:
            smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = next((code for code, _ in error.recipients.values()), 450)
            raise _refusal(code) from None
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code) from None
        except (OSError, smtplib.SMTPException) as error:
            raise MailServerDownError(_kind(error)) from None
        finally:
            # The letter is taken or not; how the server says goodbye changes nothing.
            with suppress(OSError, smtplib.SMTPException):
                smtp.quit()
            smtp.close()

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        if server.scheme == "smtps":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self.timeout, context=self.trust
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self.timeout)
        try:
            if server.scheme == "smtp":
                smtp.starttls(context=self.trust)
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


@dataclass(frozen=True, slots=True)
class ConsoleMailer:
    """Prints letters, for a demo."""

    print_text: Callable[[str], None]

    def send(self, message: EmailMessage) -> None:
        """Print a letter."""
        lines = [f"{name}: {message[name]}" for name in ("To", "Subject")]
        body = message.get_content().replace("\r\n", "\n").rstrip().split("\n")
        self.print_text(
            "\n".join(["", "  A letter:", *(f"  | {x}" for x in lines + body), ""])
        )


def mailer_for(config: Config, print_text: Callable[[str], None]) -> Mailer | None:
    """Return the post of a centre; None where it has none.

    Raises:
        BadMailAddressError: the configured address is none.
    """
    if config.smtp_url:
        return SmtpMailer(read_mail_server(config.smtp_url))
    return ConsoleMailer(print_text) if config.demo else None


def _refusal(code: int) -> MailError:
    # RFC 5321 4.2.1: 5yz is for good, 4yz for now.
    kind = MailRefusedError if code >= 500 else MailDeferredError
    return kind(str(code))


def _kind(error: Exception) -> str:
    # The kind only: a server's own words may repeat what they were about.
    code = getattr(error, "smtp_code", None)
    return type(error).__name__ + (f" {code}" if code else "")
