"""What a device signs when it answers a request. Pure.

Each part stands after its length, so that no signature over one request, document or
purpose can be taken for another: not for a certificate, a CMS signature or a proof of
`webapp.pki.key_proof` either, none of which begins with this label.
Twin: frontend/relying/request_statement.js.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from webapp.relying.asking.contents import Asker, Contents, contents_hash, pack

LABEL: Final = b"certferry asking 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Who asks whom for what, where and until when; and by which certificate."""

    request_id: str
    asker: Asker
    contents: Contents
    centre: str  # origin of the page that signs, as its browser writes it
    asked_at: datetime  # whole seconds
    expires_at: datetime  # whole seconds
    fingerprint: str  # SHA-256 of the certificate, hexadecimal

    @property
    def messages(self) -> tuple[bytes, ...]:
        """The bytes that the key signs, one message for each item of the contents."""
        items = self.contents.items
        common = self._common(len(items))
        return tuple(
            LABEL + common + pack(number.to_bytes(4), item)
            for number, item in enumerate(items, 1)
        )

    def _common(self, count: int) -> bytes:
        texts = (
            self.contents.purpose.value,
            self.centre,
            self.asker.institution_id,
            self.asker.name,
            self.asker.origin,
            self.request_id,
            self.fingerprint,
        )
        return pack(
            *(text.encode() for text in texts),
            _seconds(self.asked_at),
            _seconds(self.expires_at),
            contents_hash(self.contents),
            count.to_bytes(4),
        )


def _seconds(moment: datetime) -> bytes:
    return int(moment.timestamp()).to_bytes(8)
