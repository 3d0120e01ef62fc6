"""Which encoding a file of text is in: found by reading all of it once, never by guessing from a sample.

A byte that is not UTF-8 may stand in the last row, so the whole file is read before the first row is taken.
The same reading makes the file's hash, by which an interrupted import recognises it.
"""

import codecs
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from django.utils.translation import gettext as _

from project.collection.imports.contracts import Notice, NoticeCode
from project.collection.imports.errors import FileUnreadable

CHUNK_BYTES = 1 << 18
MAX_FILE_BYTES = 2 << 30
"""A file larger than this, or a packed one that unpacks to more, is refused."""

GZIP_MAGIC = b"\x1f\x8b"
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
WORKBOOK_MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
NOT_IN_CP1252 = frozenset(b"\x81\x8d\x8f\x90\x9d")
# How the surrogateescape handler shows a byte that does not decode, and everything else beyond ASCII.
SURROGATE = re.compile("[\udc80-\udcff]")
BEYOND_ASCII = re.compile("[^\x00-\x7f\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What one pass over the file found. ``errors`` is the decoder's error handler, ``lines`` a line count."""

    path: Path
    packed: bool
    size: int
    sha256: str
    encoding: str
    errors: str
    has_nul: bool
    lines: int
    notices: tuple[Notice, ...]


def open_text(inspection: Inspection) -> io.TextIOWrapper:
    """The file's content as text; line ends are left to the CSV reader."""
    return io.TextIOWrapper(
        _open_bytes(inspection.path, packed=inspection.packed),
        encoding=inspection.encoding,
        errors=inspection.errors,
        newline="",
    )


def inspect(path: Path, *, encoding: str = "") -> Inspection:
    """Read the whole file once. Raises :class:`FileUnreadable` where it cannot be read as text."""
    head = _head(path)
    packed = head[:2] == GZIP_MAGIC
    if encoding:
        decided: tuple[str, str, tuple[Notice, ...]] = (_named(encoding), "strict", ())
    else:
        decided = _choose(path, packed=packed)
    chosen, errors, notices = decided
    digest, size, has_nul = hashlib.sha256(), 0, False
    decoder = codecs.getincrementaldecoder(chosen)(errors)
    lines = 1
    for chunk in _chunks(path, packed=packed):
        digest.update(chunk)
        size += len(chunk)
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError as error:
            raise _not_in(chosen, lines + chunk[: error.start].count(b"\n")) from error
        lines += text.count("\n")
        has_nul = has_nul or "\0" in text
    if size == 0:
        raise FileUnreadable(_("%(name)s is empty.") % {"name": path.name})
    return Inspection(path, packed, size, digest.hexdigest(), chosen, errors, has_nul, lines, notices)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as raw:
            head = raw.read(8)
    except IsADirectoryError as error:
        raise FileUnreadable(_("%(name)s is a folder; name a file in it.") % {"name": path.name}) from error
    except OSError as error:
        raise FileUnreadable(
            _("%(name)s cannot be read: %(reason)s.") % {"name": path.name, "reason": error.strerror}
        ) from error
    if head.startswith(WORKBOOK_MAGIC):
        raise FileUnreadable(
            _("%(name)s is a workbook or an archive; save the sheet as CSV and import that.") % {"name": path.name}
        )
    return head


def _open_bytes(path: Path, *, packed: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def _chunks(path: Path, *, packed: bool) -> Iterator[bytes]:
    """The content in pieces. Refuses damaged archives and content beyond MAX_FILE_BYTES (a packed bomb)."""
    total = 0
    try:
        with _open_bytes(path, packed=packed) as raw:
            while chunk := raw.read(CHUNK_BYTES):
                total += len(chunk)
                if total > MAX_FILE_BYTES:
                    raise FileUnreadable(
                        _("%(name)s holds more than %(limit)d MB; split it.")
                        % {"name": path.name, "limit": MAX_FILE_BYTES >> 20}
                    )
                yield chunk
    except (OSError, EOFError, zlib.error) as error:
        raise FileUnreadable(_("%(name)s is damaged: it does not unpack.") % {"name": path.name}) from error


def _named(encoding: str) -> str:
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=encoding)  # refuses codecs that do not give text
        return codecs.lookup(encoding).name
    except LookupError as error:
        raise FileUnreadable(
            _("There is no encoding named %(name)s; utf-8, utf-16 and cp1252 are usual.") % {"name": encoding}
        ) from error


def _not_in(encoding: str, line: int) -> FileUnreadable:
    return FileUnreadable(
        _("Line %(line)d is not %(encoding)s; name the file's encoding or save it as UTF-8.")
        % {"line": line, "encoding": encoding}
    )


def _choose(path: Path, *, packed: bool) -> tuple[str, str, tuple[Notice, ...]]:
    """Encoding, error handler, and what there is to say about them."""
    with _open_bytes(path, packed=packed) as raw:
        try:
            sample = raw.read(4096)
        except (OSError, EOFError, zlib.error) as error:
            raise FileUnreadable(_("%(name)s is damaged: it does not unpack.") % {"name": path.name}) from error
    for bom, name in BOMS:
        if sample.startswith(bom):
            return name, "strict", ()
    # Every other byte of Latin text in UTF-16 is zero; which of the two tells the byte order.
    pairs = max(len(sample) // 2, 1)
    if sample[1::2].count(0) > 0.4 * pairs:
        return "utf-16-le", "strict", ()
    if sample[0::2].count(0) > 0.4 * pairs:
        return "utf-16-be", "strict", ()
    return _utf8_or_not(path, packed=packed)


def _utf8_or_not(path: Path, *, packed: bool) -> tuple[str, str, tuple[Notice, ...]]:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    wrong, right, lines, first_wrong_line = 0, 0, 1, 0
    wrong_bytes: set[int] = set()
    for chunk in _chunks(path, packed=packed):
        text = decoder.decode(chunk)
        if not text.isascii():
            found = SURROGATE.findall(text)
            if found and not wrong:
                first_wrong_line = lines + text[: text.index(found[0])].count("\n")
            wrong += len(found)
            wrong_bytes.update(ord(character) - 0xDC00 for character in found)
            right += len(BEYOND_ASCII.findall(text))
        lines += text.count("\n")
    if not wrong:
        return "utf-8", "strict", ()
    if right > wrong:
        sentence = _("The file is UTF-8 with %(count)d damaged characters, the first in line %(line)d.")
        notice = Notice(NoticeCode.ENCODING_DAMAGED, sentence % {"count": wrong, "line": first_wrong_line})
        return "utf-8", "surrogateescape", (notice,)
    chosen = "latin-1" if wrong_bytes & NOT_IN_CP1252 else "cp1252"
    sentence = _(
        "The file is not UTF-8 (line %(line)d), so it was read as %(encoding)s. Look at the special "
        "characters in a dry run; if they are wrong, name the encoding or save the file as UTF-8."
    )
    notice = Notice(NoticeCode.ENCODING_ASSUMED, sentence % {"line": first_wrong_line, "encoding": chosen})
    return chosen, "strict", (notice,)
