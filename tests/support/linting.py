"""pkilint in this process: what it finds in certificates, lists and OCSP answers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from pkilint import loader, pkix
from pkilint.pkix import certificate, crl, extension, name, ocsp
from pkilint.validation import ValidationFindingSeverity as Severity


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What pkilint says, how grave it is, and where in the structure."""

    severity: str  # "WARNING", "ERROR" or "FATAL"
    code: str
    path: str = ""


def lint_certificate(der: bytes) -> set[Finding]:
    """Return what pkilint finds in a certificate (RFC 5280), from WARNING on."""
    return _findings(
        loader.load_der_certificate(der, "certificate"), _certificate_validators
    )


def lint_crl(der: bytes, *, of_root: bool = False) -> set[Finding]:
    """Return what pkilint finds in a revocation list (RFC 5280 5), from WARNING on."""
    kind = crl.CertificateRevocationListType["ARL" if of_root else "CRL"]
    return _findings(loader.load_der_crl(der, "list"), lambda: _list_validators(kind))


def lint_ocsp_response(der: bytes) -> set[Finding]:
    """Return what pkilint finds in an OCSP answer (RFC 6960), from WARNING on."""
    return _findings(loader.load_der_ocsp_response(der, "answer"), _answer_validators)


def codes(findings: set[Finding]) -> set[tuple[str, str]]:
    """Return severity and code alone."""
    return {(finding.severity, finding.code) for finding in findings}


def _findings(document: Any, validators: Callable[[], Any]) -> set[Finding]:
    return {
        Finding(description.finding.severity.name, description.finding.code, path)
        for result in validators().validate(document.root)
        for description in result.finding_descriptions
        for path in [result.node.path if result.node is not None else ""]
        if description.finding.severity <= Severity.WARNING
    }


@cache
def _certificate_validators() -> Any:
    return certificate.create_pkix_certificate_validator_container(
        certificate.create_decoding_validators(
            name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS
        ),
        [
            certificate.create_issuer_validator_container([]),
            certificate.create_validity_validator_container(),
            certificate.create_subject_validator_container([]),
            certificate.create_extensions_validator_container([]),
            certificate.create_spki_validator_container([]),
        ],
    )


@cache
def _list_validators(kind: Any) -> Any:
    return crl.create_pkix_crl_validator_container(
        _decoders(),
        [
            crl.create_issuer_validator_container([]),
            crl.create_validity_validator_container([]),
            crl.create_extensions_validator_container([]),
        ],
    )


@cache
def _answer_validators() -> Any:
    return ocsp.create_pkix_ocsp_response_validator_container(
        [ocsp.create_response_decoder(), *_decoders()], []
    )


def _decoders() -> list[Any]:
    return [
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ]
