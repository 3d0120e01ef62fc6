"""Reading a body without ever holding more of it than allowed, packed or unpacked."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import httpx
from django.utils.translation import gettext as _

from .errors import OutgoingFailed, OutgoingTooLarge

# Accept-Encoding of every request: the one packing we unpack ourselves, with a cap.
ACCEPTED_ENCODING = "gzip"


def read_body(response: httpx.Response, *, max_bytes: int) -> bytes:
    """The unpacked body. Raises OutgoingTooLarge, and OutgoingFailed for a packing that was not asked for."""
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > max_bytes:
        raise _too_large()
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return _read_plain(response.iter_raw(), max_bytes=max_bytes)
    if encoding in ("gzip", "x-gzip"):
        return _read_gzip(response.iter_raw(), max_bytes=max_bytes)
    raise OutgoingFailed("encoding", _("The other server answered in a form that was not asked for."))


def _read_plain(chunks: Iterable[bytes], *, max_bytes: int) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise _too_large()
    return bytes(body)


def _read_gzip(chunks: Iterable[bytes], *, max_bytes: int) -> bytes:
    """One gzip member, unpacked in steps that stop at the limit: a bomb costs max_bytes, not more."""
    unpacker = zlib.decompressobj(wbits=31)
    body = bytearray()
    packed = 0
    try:
        for chunk in chunks:
            packed += len(chunk)
            body += unpacker.decompress(chunk, max_bytes + 1 - len(body))
            if packed > max_bytes or len(body) > max_bytes or unpacker.unconsumed_tail:
                raise _too_large()
            if unpacker.unused_data:
                raise OutgoingFailed("encoding", _("The other server's answer is damaged."))
    except zlib.error as error:
        raise OutgoingFailed("encoding", _("The other server's answer is damaged.")) from error
    if packed and not unpacker.eof:
        raise OutgoingFailed("truncated", _("The other server's answer broke off."))
    return bytes(body)


def _too_large() -> OutgoingTooLarge:
    return OutgoingTooLarge("body", _("The other server's answer is too large."))
