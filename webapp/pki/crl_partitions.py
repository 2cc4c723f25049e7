"""Revocation lists in parts (RFC 5280 5.2.5): which one a certificate names. Pure.

A part has the number, the times and the entries of the full list that it is taken from,
so that its number never goes back where that of the full list does not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography import x509

from mobile_bridge.pki.der import Element, elements
from webapp.pki import der, extensions
from webapp.pki.authority import Authority
from webapp.pki.crl import crl_end, crl_number, parse_crl

# So many parts for what is issued now; the number stands in each certificate's address,
# so that another one may be chosen later and the old parts go on.
PARTITIONS: Final = 64
_NAME: Final = re.compile(r"(?P<index>[0-9]{1,3})-of-(?P<count>[0-9]{1,3})\.crl")
COUNTS: Final = frozenset({PARTITIONS})
_VERSION_2: Final = der.integer(1)
_SEQUENCE: Final = 0x30


@dataclass(frozen=True, slots=True)
class Partition:
    """One of `count` parts, by the remainder of the serial number."""

    index: int
    count: int = PARTITIONS

    @classmethod
    def of(cls, serial: int) -> "Partition":
        """Return the part in which a certificate that is issued now will stand."""
        return cls(serial % PARTITIONS)

    @classmethod
    def named(cls, name: str) -> "Partition | None":
        """Return the part with a file name; None where there is no such part."""
        match = _NAME.fullmatch(name)
        if match is None:
            return None
        partition = cls(int(match["index"]), int(match["count"]))
        is_one = partition.count in COUNTS and partition.index < partition.count
        return partition if is_one and partition.name == name else None

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.index}-of-{self.count}.crl"

    def url(self, crl_url: str) -> str:
        """Return its address, from that of the full list."""
        return f"{crl_url.removesuffix('.crl')}/{self.name}"


@dataclass(frozen=True, slots=True)
class SplitList:
    """The entries of a full list as they stand there, by the part they belong to."""

    full: x509.CertificateRevocationList
    number: int
    entries: tuple[bytes, ...]

    def build(self, authority: Authority, partition: Partition, crl_url: str) -> bytes:
        """Return the signed part in DER; `crl_url` is the full list's address."""
        entries = self.entries[partition.index]
        point = [x509.UniformResourceIdentifier(partition.url(crl_url))]
        scope = x509.IssuingDistributionPoint(
            full_name=point,
            relative_name=None,
            only_contains_user_certs=True,
            only_contains_ca_certs=False,
            only_some_reasons=None,
            indirect_crl=False,
            only_contains_attribute_certs=False,
        )
        tbs = der.sequence(
            _VERSION_2,
            authority.algorithm,
            authority.name,
            der.time(self.full.last_update_utc),
            der.time(crl_end(self.full)),
            der.sequence(entries) if entries else b"",
            der.tlv(
                0xA0,
                der.sequence(
                    authority.key_identifier,
                    extensions.encode(x509.CRLNumber(self.number)),
                    extensions.encode(scope, critical=True),
                ),
            ),
        )
        return authority.seal(tbs)


def split_list(content: bytes, count: int = PARTITIONS) -> SplitList:
    """Take the full list in DER apart.

    Raises:
        ValueError: it is no revocation list.
    """
    full = parse_crl(content)
    (tbs, *_) = elements(full.tbs_certlist_bytes)
    parts: list[list[bytes]] = [[] for _ in range(count)]
    for serial, entry in _entries(_revoked(tbs)):
        parts[serial % count].append(entry)
    return SplitList(full, crl_number(full), tuple(map(b"".join, parts)))


def _revoked(tbs: Element) -> bytes:
    """Return what is in revokedCertificates; nothing where there are none."""
    # version, signature, issuer, thisUpdate, nextUpdate; then entries, where there are.
    revoked = [field for field in tbs.children()[5:] if field.tag == _SEQUENCE]
    return revoked[0].content if revoked else b""


def _entries(revoked: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each entry with its tag and length, and its serial number in front.

    An entry of ours is shorter than 128 octets: tag, length, then the INTEGER. So a
    hundred thousand are cut without a call of the reader for each.
    """
    start, stop = 0, len(revoked)
    while start < stop:
        tag, length, serial_tag, serial_length = revoked[start : start + 4]
        end = start + 2 + length
        if tag != _SEQUENCE or length >= 0x80 or serial_tag != 0x02 or end > stop:
            raise ValueError("no entry of ours")
        serial = start + 4
        number = int.from_bytes(revoked[serial : serial + serial_length])
        yield number, revoked[start:end]
        start = end
