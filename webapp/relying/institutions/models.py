"""What is stored of an institution: never its secret."""

from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.relying.institutions.rules import AuthMethod, Purpose, Registration


class Institution(Base):
    """Somebody who may ask people; its id is its client_id in OpenID Connect."""

    __tablename__ = "institution"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(200))
    page: Mapped[str] = mapped_column(String(200))
    purpose_names: Mapped[str] = mapped_column("purposes", String(60))  # by blanks
    auth_method: Mapped[AuthMethod] = mapped_column(String(20))
    secret_hash: Mapped[str | None] = mapped_column(String(64))  # SHA-256, hexadecimal
    jwks: Mapped[str] = mapped_column(Text)  # JSON; empty where it has a secret
    redirect_lines: Mapped[str] = mapped_column("redirect_uris", Text)
    post_logout_lines: Mapped[str] = mapped_column("post_logout_redirect_uris", Text)
    backchannel_logout_uri: Mapped[str] = mapped_column(String(200))
    events_uri: Mapped[str] = mapped_column(String(200), server_default="")
    # People may register there from the centre's page; without a text they may not.
    joining_text: Mapped[str] = mapped_column(String(300), server_default="")
    joining_claims: Mapped[str] = mapped_column(String(100), server_default="")
    return_lines: Mapped[str] = mapped_column("return_uris", Text, default="")
    webhook_uri: Mapped[str] = mapped_column(String(200), default="")
    # Never changed: everybody would become somebody else there (Core 8.1).
    sector: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[int] = mapped_column(ForeignKey("operator.id"))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # to the minute
    # Where two operators are needed: None until a second one agreed to it.
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Another registration that waits for a second operator, as JSON; empty for none.
    waiting: Mapped[str] = mapped_column(Text, server_default="", default="")
    waiting_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))
    waiting_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("operator.id"))

    @property
    def is_ended(self) -> bool:
        """Whether it may ask nobody any more."""
        return self.ended_at is not None

    @property
    def is_active(self) -> bool:
        """Whether it may ask: a second operator agreed where one has to."""
        return not self.is_ended and self.confirmed_at is not None

    @property
    def asked_by(self) -> int | None:
        """Who asked for what waits for a second operator; None where nothing does."""
        if self.confirmed_at is None:
            return self.made_by
        return self.waiting_by if self.waiting else None

    @property
    def purposes(self) -> tuple[Purpose, ...]:
        """What it may ask for."""
        return tuple(Purpose(name) for name in self.purpose_names.split())

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """Where people may be led after signing in; compared sign by sign."""
        return tuple(self.redirect_lines.splitlines())

    @property
    def post_logout_redirect_uris(self) -> tuple[str, ...]:
        """Where people may be led after signing out; compared sign by sign."""
        return tuple(self.post_logout_lines.splitlines())

    @property
    def return_uris(self) -> tuple[str, ...]:
        """Where people may be led when they have answered; compared sign by sign."""
        return tuple(self.return_lines.splitlines())

    @property
    def origin(self) -> str:
        """The origin of its page, as a browser writes it."""
        parts = urlsplit(self.page)
        return f"{parts.scheme}://{parts.netloc.lower()}"

    @property
    def registration(self) -> Registration:
        """What the counter registered."""
        return Registration(
            name=self.name,
            reason=self.reason,
            page=self.page,
            purposes=self.purposes,
            redirect_uris=self.redirect_uris,
            post_logout_redirect_uris=self.post_logout_redirect_uris,
            backchannel_logout_uri=self.backchannel_logout_uri,
            events_uri=self.events_uri,
            joining_text=self.joining_text,
            joining_claims=tuple(self.joining_claims.split()),
            return_uris=self.return_uris,
            webhook_uri=self.webhook_uri,
            auth_method=AuthMethod(self.auth_method),
            jwks=self.jwks,
            sector=self.sector,
        )

    def write(self, registration: Registration) -> None:
        """Take the fields of a registration that may change."""
        self.name, self.reason = registration.name, registration.reason
        self.page, self.jwks = registration.page, registration.jwks
        self.purpose_names = " ".join(registration.purposes)
        self.redirect_lines = "\n".join(registration.redirect_uris)
        self.post_logout_lines = "\n".join(registration.post_logout_redirect_uris)
        self.backchannel_logout_uri = registration.backchannel_logout_uri
        self.events_uri = registration.events_uri
        self.joining_text = registration.joining_text
        self.joining_claims = " ".join(registration.joining_claims)
        self.return_lines = "\n".join(registration.return_uris)
        self.webhook_uri = registration.webhook_uri
