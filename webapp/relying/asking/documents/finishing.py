"""Put signed PDFs together, after the commit of their approval.

That takes long and reads foreign bytes, so it happens in a thread, and outside of any
transaction. Where it was cut off, whoever fetches the result begins it again.
"""

from cryptography import x509

from webapp.certificates.models import Certificate
from webapp.clock import utc_now
from webapp.db import lock, release_connection, session, unit_of_work
from webapp.relying.asking.documents import service
from webapp.relying.documents.completion import ValidationData
from webapp.relying.documents.validation_data import collect_validation_data
from webapp.relying.timestamps.authority import current_authority
from webapp.web.security import run_in_thread


def finish(request_id: str) -> None:
    """Put the signed PDFs of an approved request together.

    Raises:
        DocumentError: one has no room for what belongs into it.
        ServiceSignerError, ListBehindError: what is kept in them cannot be had now.
    """
    numbers = service.list_unfinished(session(), request_id)
    if not numbers:
        return
    data = _validation_data(request_id, numbers[0])
    for number in numbers:
        document = service.find(session(), request_id, number)
        content = service.content_of(document)
        release_connection()
        result = run_in_thread(service.put_together, content, document, data)
        with unit_of_work() as work:
            lock(work, document)
            service.keep_result(document, result)


def _validation_data(request_id: str, number: int) -> ValidationData:
    now = utc_now()
    document = service.find(session(), request_id, number)
    stored = session().get_one(Certificate, document.certificate_id)
    signer = x509.load_der_x509_certificate(stored.signed_der)
    stamper = current_authority(now).certificate
    return collect_validation_data(signer, stamper, now=now)
