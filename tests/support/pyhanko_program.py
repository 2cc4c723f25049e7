"""A program of an institution: pyHanko's client of the CSC API, as it is published.

What pyHanko leaves to whoever uses it is here: how an authorization is called for.
"""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationInfo,
    CSCAuthorizationManager,
    CSCCredentialInfo,
    CSCServiceSessionInfo,
    CSCSigner,
    fetch_certs_in_csc_credential,
)

PATIENCE = 100  # calls


class PhoneAuthorization(CSCAuthorizationManager):
    """Calls credentials/authorize until the person has answered on the phone."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        session_info: CSCServiceSessionInfo,
        credential_info: CSCCredentialInfo,
        **fields: Any,
    ) -> None:
        super().__init__(session_info, credential_info)
        self.session, self.fields = session, fields

    async def authorize_signature(self, hash_b64s: list[str]) -> CSCAuthorizationInfo:
        """Return the SAD for these hashes."""
        request = self.format_csc_auth_request(hash_b64s=hash_b64s, **self.fields)
        address = self.csc_session_info.endpoint_url("credentials/authorize")
        for _ in range(PATIENCE):
            async with self.session.post(
                address, headers=self.auth_headers, json=request
            ) as response:
                answer = await response.json()
            if "SAD" in answer:
                return self.parse_csc_auth_response(answer)
            if answer["error"] != "authorization_pending":
                raise SigningError(answer["code"])
        raise SigningError("nobody answered")


@dataclass(frozen=True)
class PdfProgram:
    """A program that signs PDFs for the person of a token."""

    url: str
    token: str

    def sign(self, pdfs: Sequence[bytes], **fields: Any) -> list[bytes]:
        """Have PDFs signed with one approval; return them."""
        return asyncio.run(_sign(self, pdfs, fields))


async def _sign(
    program: PdfProgram, pdfs: Sequence[bytes], fields: dict[str, Any]
) -> list[bytes]:
    async with aiohttp.ClientSession() as session:
        info = await _session_info(program, session)
        credential = await fetch_certs_in_csc_credential(session, info)
        manager = PhoneAuthorization(session, info, credential, **fields)
        signer = CSCSigner(session, manager, batch_size=len(pdfs))
        signing = [_sign_one(signer, pdf) for pdf in pdfs]
        return list(await asyncio.gather(*signing))


async def _session_info(
    program: PdfProgram, session: aiohttp.ClientSession
) -> CSCServiceSessionInfo:
    address = f"{program.url}/csc/v1/credentials/list"
    headers = {"Authorization": f"Bearer {program.token}"}
    async with session.post(address, headers=headers, json={}) as response:
        ids = (await response.json())["credentialIDs"]
    return CSCServiceSessionInfo(program.url, ids[0], oauth_token=program.token)


async def _sign_one(signer: CSCSigner, pdf: bytes) -> bytes:
    metadata = PdfSignatureMetadata(field_name="Signature", md_algorithm="sha256")
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    output = await PdfSigner(metadata, signer).async_sign_pdf(writer)
    return bytes(output.getvalue())
