"""How much one verification may take in, and how long it may last. Pure."""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

MAX_CERTIFICATE: Final = 64 * KIB
MAX_SIGNATURE: Final = 1 * MIB  # a CMS signature apart from its content
MAX_CONTENT: Final = 10 * MIB  # a document, or a CMS signature with it
MAX_INTERMEDIATES: Final = 20  # given beside what is verified
MAX_CERTIFICATES: Final = 50  # in one signature
MAX_SIGNERS: Final = 10
MAX_PDF_SIGNATURES: Final = 20
MAX_REVOCATION_DATA: Final = 40  # lists and responses embedded in a document

MAX_ISSUER_LOOKUPS: Final = 400  # while paths are searched for
MAX_PATHS: Final = 10  # that are validated, until one is valid
MAX_PATH_LENGTH: Final = 12  # certificates, without the root

# Of the process that reads foreign bytes.
CPU_SECONDS: Final = 10
WALL_SECONDS: Final = 20
MEMORY: Final = 1024 * MIB  # of addresses; its libraries take a third of it
MAX_AT_ONCE: Final = 4  # for one worker of the site
