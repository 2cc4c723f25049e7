"""What is stored of sign-ins elsewhere: codes and tokens as hashes, keys sealed."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base, UtcDateTime
from webapp.relying.openid.rules import Agreed, Claim


class SigningKey(Base):
    """A key that signs what institutions are told; sealed with the identity key."""

    __tablename__ = "openid_key"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # its kid
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # PKCS#8
    public: Mapped[str] = mapped_column(Text)  # JWK
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Subject(Base):
    """What a person is called in one sector: random, so that nobody can connect two."""

    __tablename__ = "openid_subject"
    __table_args__ = (UniqueConstraint("sector", "customer_id"),)

    id: Mapped[str] = mapped_column(String(43), primary_key=True)
    sector: Mapped[str] = mapped_column(String(200))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))


class Consent(Base):
    """What a person lets an institution learn."""

    __tablename__ = "openid_consent"

    institution_id: Mapped[str] = mapped_column(
        ForeignKey("institution.id"), primary_key=True
    )
    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customer.id"), primary_key=True
    )
    asked: Mapped[str] = mapped_column(String(100))  # claims, by blanks
    granted: Mapped[str] = mapped_column(String(100))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    agreed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def agreed(self) -> Agreed | None:
        """What the rules look at; None where it was ended."""
        if self.ended_at is not None:
            return None
        return Agreed(
            asked=frozenset(map(Claim, self.asked.split())), agreed_at=self.agreed_at
        )

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What the institution may learn."""
        return tuple(map(Claim, self.granted.split()))


class SignIn(Base):
    """Somebody signed in for one institution in one browser; its id is the sid."""

    __tablename__ = "openid_sign_in"
    __table_args__ = (Index("ix_openid_sign_in_open", "ended_at", "certificate_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    institution_id: Mapped[str] = mapped_column(ForeignKey("institution.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    certificate_id: Mapped[str] = mapped_column(ForeignKey("certificate.id"))
    subject: Mapped[str] = mapped_column(ForeignKey("openid_subject.id"))
    acr: Mapped[str] = mapped_column(String(60))
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AuthorizationRequest(Base):
    """What an institution asked for, pushed (RFC 9126) or by a browser."""

    __tablename__ = "openid_request"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    institution_id: Mapped[str] = mapped_column(ForeignKey("institution.id"))
    parameters: Mapped[str] = mapped_column(Text)  # JSON
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    is_pushed: Mapped[bool]  # no browser brought it yet
    asking_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    sign_in_id: Mapped[str | None] = mapped_column(ForeignKey("openid_sign_in.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Grant(Base):
    """A code, and the token that it was exchanged for."""

    __tablename__ = "openid_grant"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    sign_in_id: Mapped[str] = mapped_column(ForeignKey("openid_sign_in.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256
    redirect_uri: Mapped[str] = mapped_column(String(200))
    scope: Mapped[str] = mapped_column(String(200))
    nonce: Mapped[str] = mapped_column(Text)
    code_challenge: Mapped[str] = mapped_column(String(128))
    code_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    code_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    token_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UsedAssertion(Base):
    """A signed assertion of an institution that was used, by the hash of its jti."""

    __tablename__ = "openid_assertion"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
