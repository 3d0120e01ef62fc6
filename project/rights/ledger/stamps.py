"""Time stamps by RFC 3161: a third party signs that a head existed at a time, so that not even we can date it back."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509
from django.conf import settings
from django.utils.translation import gettext as _
from rfc3161_client import (
    HashAlgorithm,
    TimeStampRequest,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from project.core.errors import ErrorCode, VouchsafeError
from project.core.outgoing import Limits, fetch
from project.rights.models import HeadStamp, TreeHead

LIMITS = Limits(max_bytes=64_000, timeout=20.0)


class StampRefused(VouchsafeError):
    """The authority's answer does not prove what it was asked for. It is not kept."""

    code = ErrorCode.OUTGOING_FAILED
    status = 502


def stamp_head(head: TreeHead, data: bytes) -> HeadStamp:
    """Have ``data`` (the head as canonical JSON) stamped by the configured authority, and keep request and answer.

    Raises :class:`StampRefused` for an answer that does not verify, and the errors of :mod:`project.core.outgoing`.
    """
    request = new_request(data)
    answer = fetch(
        settings.VOUCHSAFE_STAMP_AUTHORITY,
        method="POST",
        content=request.as_bytes(),
        headers={"Content-Type": "application/timestamp-query"},
        accept=("application/timestamp-reply",),
        limits=LIMITS,
        # Many authorities speak plain http: their answer is signed, and the question holds a hash alone.
        allow_http=True,
    )
    if answer.status != 200:
        raise StampRefused(_("The time stamp authority answered with an error."))
    at = checked_time(request=request, response=answer.body, data=data, roots=trusted_roots())
    stamp, _made = HeadStamp.objects.get_or_create(
        head=head,
        authority=settings.VOUCHSAFE_STAMP_AUTHORITY[:300],
        defaults={"request": request.as_bytes(), "response": answer.body, "stamped_at": at},
    )
    return stamp


def new_request(data: bytes) -> TimeStampRequest:
    """A question with a nonce, over SHA-256, that wants the authority's certificate in the answer."""
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build()


def checked_time(
    *, request: TimeStampRequest, response: bytes, data: bytes, roots: Sequence[x509.Certificate]
) -> datetime:
    """When ``data`` was stamped: status, nonce, policy, imprint, signature, purpose and chain at that time all checked.

    Raises :class:`StampRefused`.
    """
    try:
        parsed = decode_timestamp_response(response)
        builder = VerifierBuilder.from_request(request)
        for root in roots:
            builder = builder.add_root_certificate(root)
        builder.build().verify_message(parsed, data)
        return parsed.tst_info.gen_time
    except (VerificationError, ValueError) as error:
        raise StampRefused(_("The time stamp does not verify, so it was not kept.")) from error


def trusted_roots() -> list[x509.Certificate]:
    """The certificates that the authority's chain must end in (``VOUCHSAFE_STAMP_ROOTS``, PEM).

    Raises :class:`OSError` or :class:`ValueError` where they cannot be read: the system check says so beforehand.
    """
    return x509.load_pem_x509_certificates(Path(settings.VOUCHSAFE_STAMP_ROOTS).read_bytes())
