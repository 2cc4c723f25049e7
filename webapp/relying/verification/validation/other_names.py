"""Has asn1crypto take the value of an otherName (RFC 5280 4.2.1.6) as octets.

Importing this is enough. A holder's certificate of the field has IdentifyData in there,
with tags that nobody can read who does not know its type; asn1crypto tries, and would
have the whole certificate refused when its path is validated.
"""

from typing import Any

from asn1crypto import x509


def _native(name: Any) -> dict[str, object]:
    return {"type_id": name["type_id"].native, "value": name["value"].dump()}


x509.AnotherName.native = property(_native)
