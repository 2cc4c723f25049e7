"""Verdicts beside openssl and pyHanko: `python -m benchmarks.verification [--json]`.

A root, an authority and a holder of P-256 keys, with both revocation lists. Verified
are the holder's certificate, a CMS signature and a raw one over 1 KiB, and a signed PDF
of one page; by turns ours and its peer's, in the same run.

    ours      the verifier in this process
    site      the same as the site answers it: in a process copied for each (isolation)
    peer      of a PDF, pyHanko in this process; of the others, one `openssl` each:
              `verify -crl_check_all`; `cms -verify`; `verify` and `dgst -verify`

Verdicts a second, the median of the rounds, and the highest memory in MiB of a process
that verified each thing a hundred times. Every verdict is looked at: all are valid.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    pkcs7,
)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from benchmarks.goals import Goal, print_goals
from tests.webapp.relying.verification import documents, hierarchy
from webapp.relying.verification.isolation import IsolatedVerifier
from webapp.relying.verification.validation.paths import Trust, no_records
from webapp.relying.verification.validation.requests import VerificationRequest
from webapp.relying.verification.validation.verdicts import Verdict
from webapp.relying.verification.validation.verifier import verify

TEXT = b"I owe you ten thousand won.\n" * 37
SECONDS = 1.5
IN_MEMORY = 100  # verdicts
MIB = 1024  # KiB
Act = Callable[[], bool]
# What the tests make parties and documents with, which has no types.
makers: Any = hierarchy
signed_pdf: Any = documents.signed_pdf


def measure(rounds: int) -> dict[str, dict[str, float]]:
    """Return the figures of each kind of thing."""
    now = datetime.now(UTC)
    pki = _hierarchy(now)
    lists = tuple(makers.crl_of(one, **_life(now)) for one in (pki.root, pki.authority))
    trust = Trust((pki.root.der,), (pki.authority.der,), lists)
    isolated = IsolatedVerifier()
    try:
        with tempfile.TemporaryDirectory(prefix="certferry-") as name:
            requests = _requests(pki)
            peers = _peers(Path(name), pki, lists, requests, now)
            return {
                kind: _measure_one(
                    rounds,
                    ours=partial(_verify, request, trust, now),
                    site=partial(_verify_apart, isolated, request, trust, now),
                    peer=peers[kind],
                )
                for kind, request in requests.items()
            }
    finally:
        isolated.close()


def goals_of(figures: dict[str, dict[str, float]]) -> list[Goal]:
    """Return what was to be reached: ratios to the peer of the same run, and memory."""
    ratios = [
        Goal(f"{kind}: ours / peer", one["ours"] / one["peer"], ">=", LIMITS[kind])
        for kind, one in figures.items()
    ]
    sites = [
        Goal(f"{kind}: site / ours", one["site"] / one["ours"], ">=", SITE_LIMIT)
        for kind, one in figures.items()
    ]
    peak = max(one["memory"] for one in figures.values())
    return [*ratios, *sites, Goal("memory", peak, "<=", MAX_MEMORY, "MiB")]


# pyHanko in the same process does less than we do, openssl starts anew for each.
LIMITS = {"certificate": 0.5, "cms": 0.25, "raw": 0.5, "pdf": 0.5}
SITE_LIMIT = 0.2
MAX_MEMORY = 200


def _hierarchy(now: datetime) -> Any:
    life = {"begins": now - makers.DAY, "ends": now + makers.YEAR}
    root = makers.certify("Root", is_authority=True, **life)
    authority = makers.certify("Authority", root, is_authority=True, **life)
    return makers.Hierarchy(
        root, authority, makers.certify("Holder", authority, **life)
    )


def _life(now: datetime) -> dict[str, datetime]:
    return {"this_update": now - makers.DAY, "next_update": now + makers.DAY}


def _requests(pki: Any) -> dict[str, VerificationRequest]:
    holder = pki.holder
    detached = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(TEXT)
        .add_signer(holder.certificate, holder.key, hashes.SHA256())
        .add_certificate(pki.authority.certificate)
        .sign(
            Encoding.DER,
            [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary],
        )
    )
    raw = holder.key.sign(TEXT, ec.ECDSA(hashes.SHA256()))
    return {
        "certificate": VerificationRequest(document=holder.der),
        "cms": VerificationRequest(document=TEXT, signature=detached),
        "raw": VerificationRequest(
            document=TEXT,
            signature=raw,
            certificate=holder.der,
            algorithm="ecdsa-sha256",
        ),
        "pdf": VerificationRequest(document=signed_pdf(holder)),
    }


def _peers(
    folder: Path,
    pki: Any,
    lists: tuple[bytes, ...],
    requests: dict[str, VerificationRequest],
    now: datetime,
) -> dict[str, Act]:
    key = pki.holder.key.public_key()
    files = {
        "root.pem": pki.root.pem,
        "chain.pem": pki.authority.pem,
        "holder.pem": pki.holder.pem,
        "key.pem": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "text": TEXT,
        "text.p7s": requests["cms"].signature,
        "text.sig": requests["raw"].signature,
        "lists.pem": b"".join(pem.armor("X509 CRL", one) for one in lists),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content or b"")

    def openssl(*words: str) -> bool:
        command = ["openssl", *words]
        ended = subprocess.run(command, cwd=folder, capture_output=True, check=False)
        return ended.returncode == 0

    path = (
        *("-CAfile", "root.pem", "-untrusted", "chain.pem"),
        *("-crl_check_all", "-CRLfile", "lists.pem"),
    )
    chain = (
        *("-CAfile", "both.pem", "-crl_check_all"),
        *("-purpose", "any", "-content", "text", "-out", os.devnull),
    )
    # `cms` takes lists from the file of what it trusts.
    both = files["root.pem"] + (files["lists.pem"] or b"")
    (folder / "both.pem").write_bytes(both)
    return {
        "certificate": lambda: openssl("verify", *path, "holder.pem"),
        "cms": lambda: openssl(
            *("cms", "-verify", "-binary", "-inform", "DER", "-in", "text.p7s"), *chain
        ),
        "raw": lambda: (
            openssl("verify", *path, "holder.pem")
            and openssl(
                *("dgst", "-sha256", "-verify", "key.pem"),
                *("-signature", "text.sig", "text"),
            )
        ),
        "pdf": lambda: asyncio.run(
            _by_pyhanko(requests["pdf"].document or b"", pki, lists, now)
        ),
    }


async def _by_pyhanko(
    document: bytes, pki: Any, lists: tuple[bytes, ...], now: datetime
) -> bool:
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(pki.root.der)],
        other_certs=[asn1_x509.Certificate.load(pki.authority.der)],
        crls=[asn1_crl.CertificateList.load(one) for one in lists],
        allow_fetching=False,
        revocation_mode="require",
        moment=now,
    )
    (signature,) = PdfFileReader(BytesIO(document)).embedded_regular_signatures
    status = await async_validate_pdf_signature(signature, context)
    return bool(status.bottom_line)


def _verify(request: VerificationRequest, trust: Trust, now: datetime) -> bool:
    return verify(request, trust, now=now).verdict is Verdict.VALID


def _verify_apart(
    isolated: IsolatedVerifier,
    request: VerificationRequest,
    trust: Trust,
    now: datetime,
) -> bool:
    report = isolated.verify(request, trust, now=now, status_source=no_records)
    return report.verdict is Verdict.VALID


def _measure_one(rounds: int, **acts: Act) -> dict[str, float]:
    rates: dict[str, list[float]] = {name: [] for name in acts}
    for name, act in acts.items():
        assert act(), name  # warm, and right
    for _round in range(rounds):
        for name, act in acts.items():
            rates[name].append(_rate(act))
    figures = {name: statistics.median(ones) for name, ones in rates.items()}
    return {**figures, "memory": _memory(acts["ours"])}


def _rate(act: Act) -> float:
    count, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < SECONDS:
        assert act()
        count += 1
    return count / passed


def _memory(act: Act) -> float:
    """Return the highest memory, in MiB, of a copy of this process that verifies."""
    reader, writer = os.pipe()
    if (pid := os.fork()) == 0:
        for _count in range(IN_MEMORY):
            act()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        os.write(writer, str(peak).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    return int(text) / MIB


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Verdicts beside openssl and pyHanko")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    figures = measure(options.rounds)
    goals = goals_of(figures)
    if options.json:
        answer = {"runs": figures, "goals": [goal.as_json() for goal in goals]}
        print(json.dumps(answer))
        return
    print(f"{'verdicts a second':14}{'ours':>9}{'site':>9}{'peer':>9}{'MiB':>9}")
    for kind, one in figures.items():
        row = (one[name] for name in ("ours", "site", "peer", "memory"))
        print(f"{kind:17}" + "".join(f"{figure:>9.1f}" for figure in row))
    print_goals(goals)


if __name__ == "__main__":
    main()
