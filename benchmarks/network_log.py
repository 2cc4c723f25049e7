"""What a page fetched, and how large it is on the way."""

import gzip
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page

_TIMES = """() => {
  const kinds = ["navigation", "resource"];
  const entries = kinds.flatMap((kind) => performance.getEntriesByType(kind));
  return entries.map(({ name, startTime, responseEnd }) =>
    [new URL(name).pathname, startTime, responseEnd]);
}"""
LEVEL = 6  # what servers choose between speed and size
# Static imports in a bundle; `import(...)` loads later, beside what is there.
_IMPORTS = re.compile(rb"""(?:\bfrom|\bimport)\s*["']\./([\w.-]+\.js)["']""")
_SCRIPTS = re.compile(rb"""<script[^>]+src=["']([^"']+)["']""")
# Asked for again in the page itself, where all this has nothing to wait for any more.
_FILES = """async () => {
  const kinds = ["navigation", "resource"];
  const entries = kinds.flatMap((kind) => performance.getEntriesByType(kind));
  const talk = /^\\/(bridge|socket\\.io)\\//;
  const files = entries.filter(({ name }) => !talk.test(new URL(name).pathname));
  return Promise.all(files.map(async ({ name, encodedBodySize }) => {
    const content = await (await fetch(name)).arrayBuffer();
    return [name, Array.from(new Uint8Array(content)), encodedBodySize];
  }));
}"""


@dataclass(frozen=True, slots=True)
class Download:
    """One file."""

    name: str
    content: bytes
    sent: int  # as this server sent it

    @property
    def compressed(self) -> int:
        """How large it is with gzip."""
        return len(gzip.compress(self.content, LEVEL, mtime=0))


def list_downloads(page: Page) -> list[Download]:
    """Return the page's document, then every file that it has loaded, once each."""
    files: dict[str, Download] = {}
    for name, octets, sent in page.evaluate(_FILES):
        path = urlsplit(name).path
        files.setdefault(path, Download(path, bytes(octets), int(sent)))
    return list(files.values())


def list_waits(page: Page) -> list[tuple[str, float, float]]:
    """Return what the page asked for, and from when to when, in seconds."""
    times = page.evaluate(_TIMES)
    return [(path, begin / 1000, end / 1000) for path, begin, end in times]


def critical_bytes(files: list[Download]) -> int:
    """Return the compressed size of the document and of all that it imports."""
    by_name = {_last(file.name): file for file in files}
    page = files[0]
    pending = [_last(name.decode()) for name in _SCRIPTS.findall(page.content)]
    total, downloads = page.compressed, set()
    while pending:
        name = pending.pop()
        if name in downloads or name not in by_name:
            continue
        downloads.add(name)
        total += by_name[name].compressed
        imports = _IMPORTS.findall(by_name[name].content)
        pending += [imported.decode() for imported in imports]
    return total


def all_bytes(files: list[Download]) -> int:
    """Return the compressed size of everything."""
    return sum(file.compressed for file in files)


def _last(name: str) -> str:
    return urlsplit(name).path.rpartition("/")[2]
