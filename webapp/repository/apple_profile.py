"""A configuration profile (.mobileconfig) with which Apple's devices take our root.

Current iPhones save a bare certificate as a text file and install nothing; a profile
they offer to install. JavaScript twin, for a certificate with its key:
frontend/certificates/files/apple_profile.js. Pure.
"""

import plistlib
import uuid
from hashlib import sha256
from typing import Final

MEDIA_TYPE: Final = "application/x-apple-aspen-config"
IDENTIFIER: Final = "certferry.root"


def root_profile(root: bytes, *, name: str, organisation: str, about: str) -> bytes:
    """Return a profile, a property list in XML, that holds a root in DER and no more.

    `name` and `about` are what the device shows before it installs. The same root gives
    the same identifiers, so that installing it again replaces it.
    """
    digest = sha256(root).digest()
    identifier = f"{IDENTIFIER}.{digest[:8].hex()}"
    certificate = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{identifier}.certificate",
        "PayloadUUID": _uuid(digest[:16]),
        "PayloadDisplayName": name,
        "PayloadCertificateFileName": "root.cer",
        "PayloadContent": root,
    }
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": identifier,
        "PayloadUUID": _uuid(digest[16:]),
        "PayloadDisplayName": name,
        "PayloadDescription": about,
        "PayloadOrganization": organisation,
        "PayloadRemovalDisallowed": False,
        "PayloadContent": [certificate],
    }
    return plistlib.dumps(profile, fmt=plistlib.FMT_XML)


def _uuid(octets: bytes) -> str:
    # RFC 9562 5.8: a UUID of one's own making has version 8.
    changed = bytearray(octets)
    changed[6] = changed[6] & 0x0F | 0x80
    changed[8] = changed[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(changed))).upper()
