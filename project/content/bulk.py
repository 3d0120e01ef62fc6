"""Receiving a batch of a large file: staged by COPY, stored by one statement per table.

It leaves behind the same rows as :func:`project.content.services.receive_items`, item by item: content, author,
raw record, earlier wordings of what was edited, what was corrected, news of 500 items a row. Only media and facts are
not for files, and an item keeps its product where a file names none.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from project.content.events import ITEMS_PER_ROW, ItemsCorrected, ItemsEdited, ItemsReceived
from project.content.models import Source
from project.content.rules import PUBLIC_ID_PREFIX
from project.content.tombstones import (
    author_hash,
    external_hash,
    has_tombstones,
    take_intake,
    tombstones_among,
)
from project.core.change import change
from project.core.ids import ALPHABET, RANDOM_LENGTH


class BulkItem(NamedTuple):
    """One item of a file, checked and ready to be stored; a tuple, for files have a hundred thousand of them.

    ``title`` and ``text`` are plain text (law 3). ``author_key`` tells authors of one source apart, empty where
    the file does not. An item without ``author_name`` and ``author_key`` gets no author. ``payload`` is the raw
    record as JSON without zero characters, ``raw_hash`` its SHA-256 in hex. ``product_pk`` is None for items
    about the shop as a whole.
    """

    external_id: str
    kind: str
    state: str
    title: str
    text: str
    language: str
    rating: int | None
    helpful: int
    product_pk: int | None
    occurred_at: datetime | None
    origin_url: str
    credit_kind: str
    credit_name: str
    credit_detail: str
    author_key: str
    author_name: str
    author_email: str
    raw_hash: str
    payload: str


class ReadyItem(NamedTuple):
    """An item with its cells of the stage and of its raw record as COPY takes them."""

    item: BulkItem
    staged: str
    record: str


def make_ready(item: BulkItem) -> ReadyItem:
    """Write an item down for COPY: beforehand, in whatever thread has time while the database is at work."""
    return ReadyItem(item, _cells(item[:-1]), _cells((item.payload, item.raw_hash)))


@dataclass(frozen=True)
class BulkReceived:
    """What became of a batch: public ids of what is new, what was edited and what was corrected, and how many were none
    of these.

    ``created_pks`` and ``known_pks`` (all items that were there before, edited or not) are for joins. ``refused``
    were erased before and are not taken again.
    """

    created: tuple[str, ...]
    created_pks: tuple[int, ...]
    edited: tuple[str, ...]
    corrected: tuple[str, ...]
    known_pks: tuple[int, ...]
    unchanged: int
    refused: int


_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS content_stage (
    public_id text, external_id text, kind text, state text, title text, text text, language text,
    rating smallint, helpful integer, product_id bigint, occurred_at timestamptz, origin_url text,
    credit_kind text, credit_name text, credit_detail text,
    author_key text, author_name text, author_email text, raw_hash text, author_public_id text
) ON COMMIT DELETE ROWS
"""

# What is known about an item beside its words: the audit's name for it, and when the file tells it differently.
_CORRECTIONS = {
    "language": "known.language <> s.language",
    "helpful": "known.helpful <> s.helpful",
    "occurred_at": "known.occurred_at IS DISTINCT FROM s.occurred_at",
    "origin_url": "known.origin_url <> s.origin_url",
    "product": "s.product_id <> known.product_id OR known.product_id IS NULL AND s.product_id IS NOT NULL",
    "credit_kind": "NOT known.credit_chosen AND known.credit_kind <> s.credit_kind",
    "credit_name": "NOT known.credit_chosen AND known.credit_name <> s.credit_name",
    "credit_detail": "NOT known.credit_chosen AND known.credit_detail <> s.credit_detail",
}
_CORRECTED = " OR ".join(f"coalesce({condition}, false)" for condition in _CORRECTIONS.values())
_CORRECTED_FIELDS = ", ".join(f"CASE WHEN {condition} THEN '{name}' END" for name, condition in _CORRECTIONS.items())

_KNOWN = """
SELECT known.id, known.raw_hash <> s.raw_hash AND
    (known.title, known.text, known.rating) IS DISTINCT FROM (s.title, s.text, s.rating),
    CASE WHEN {corrected} THEN array_remove(ARRAY[{fields}], NULL) END
FROM content_stage s CROSS JOIN LATERAL (
    SELECT i.id, i.raw_hash, i.title, i.text, i.rating, i.language, i.helpful, i.occurred_at, i.origin_url,
        i.product_id, i.credit_kind, i.credit_name, i.credit_detail, i.credit_chosen
    FROM content_item i
    WHERE i.shop_id = %(shop)s AND i.source_id = %(source)s AND i.external_id = s.external_id
    OFFSET 0  -- one index probe a row: the planner, without statistics on the stage, would read the whole table
) known
"""
_KNOWN = _KNOWN.format(corrected=_CORRECTED, fields=_CORRECTED_FIELDS)

_KEEP_OLD_WORDING = """
INSERT INTO content_version (shop_id, item_id, number, title, text, raw_hash, replaced_at)
SELECT %(shop)s, id, version, title, text, raw_hash, %(now)s FROM content_item
WHERE shop_id = %(shop)s AND id = ANY(%(items)s)
ORDER BY id FOR UPDATE
"""

_CORRECT = """
UPDATE content_item i SET
    {more}
    language = s.language, helpful = s.helpful, occurred_at = s.occurred_at, origin_url = s.origin_url,
    product_id = coalesce(s.product_id, i.product_id), raw_hash = s.raw_hash,
    credit_kind = CASE WHEN i.credit_chosen THEN i.credit_kind ELSE s.credit_kind END,
    credit_name = CASE WHEN i.credit_chosen THEN i.credit_name ELSE s.credit_name END,
    credit_detail = CASE WHEN i.credit_chosen THEN i.credit_detail ELSE s.credit_detail END
FROM content_stage s
WHERE i.shop_id = %(shop)s AND i.source_id = %(source)s AND i.external_id = s.external_id AND i.id = ANY(%(items)s)
RETURNING i.id, i.public_id, i.external_id
"""
_EDIT = _CORRECT.format(
    more="""
    version = i.version + 1,
    state = CASE i.state WHEN 'approved' THEN 'pending' ELSE i.state END,
    state_changed_at = %(now)s,
    title = s.title, text = s.text, rating = s.rating,"""
)
_CORRECT = _CORRECT.format(more="")

_FORGET_RECORDS = "DELETE FROM content_raw_record WHERE shop_id = %(shop)s AND item_id = ANY(%(items)s)"

_RECORDS = "COPY content_raw_record (shop_id, item_id, payload, payload_hash, provenance, fetched_at) FROM STDIN"

# The salt is 32 bytes that hold the random bits of two UUIDs.
_AUTHORS = """
INSERT INTO content_author
    (shop_id, public_id, source_id, external_id, display_name, handle, profile_url, email, salt, created_at)
SELECT DISTINCT ON (author) %(shop)s, author_public_id, %(source)s, author_key, author_name, '', '', author_email,
    uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), %(now)s
FROM (
    SELECT s.*, coalesce(nullif(s.author_key, ''), s.author_public_id) AS author
    FROM content_stage s
    LEFT JOIN content_item i
      ON i.shop_id = %(shop)s AND i.source_id = %(source)s AND i.external_id = s.external_id
    WHERE s.author_public_id <> '' AND i.id IS NULL
) fresh
ORDER BY author
ON CONFLICT (shop_id, source_id, external_id) WHERE external_id <> '' DO NOTHING
"""

_ITEMS = """
INSERT INTO content_item (
    shop_id, public_id, kind, source_id, external_id, product_id, author_id, title, text, language, version,
    rating, helpful, facts, state, state_changed_at, occurred_at, received_at, origin_url, credit_kind,
    credit_name, credit_detail, disclosure, verification, evidence_ref, raw_hash, signals
)
SELECT %(shop)s, s.public_id, s.kind, %(source)s, s.external_id, s.product_id, {author}, s.title, s.text,
    s.language, 1, s.rating, s.helpful, '{{}}', s.state, %(now)s, s.occurred_at, %(now)s, s.origin_url,
    s.credit_kind, s.credit_name, s.credit_detail, 'none', 'none', '', s.raw_hash, '{{}}'
FROM content_stage s {joins}
ON CONFLICT (shop_id, source_id, external_id) DO NOTHING
RETURNING id, public_id
"""

_ITEMS_WITHOUT_AUTHORS = _ITEMS.format(author="NULL::bigint", joins="")
_ITEMS_WITH_AUTHORS = _ITEMS.format(
    author="coalesce(known.id, single.id)",
    joins="""
    LEFT JOIN content_author known ON known.shop_id = %(shop)s AND known.source_id = %(source)s
      AND known.external_id = s.author_key AND known.external_id <> ''
    LEFT JOIN content_author single ON single.public_id = s.author_public_id AND single.shop_id = %(shop)s""",
)


def receive_bulk(
    *,
    shop_id: int,
    actor_id: int | None,
    source: Source,
    items: Sequence[ReadyItem],
    provenance: str,
    source_is_new: bool = False,
) -> BulkReceived:
    """Store a batch (thousands of items) of one source; joins an open change.

    Idempotent on (source, external id): an item that is there with the same words and stars is left alone, one
    with others keeps its old wording as a version and waits to be looked at again if it was approved. One with the
    same words about which something else is told is put right at once. Of two items with the same external id in one
    batch the first is taken. ``source_is_new`` says that none of these ids can be there yet, which saves looking for
    them; where it is wrong, items that are there stay as they are.
    """
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        take_intake([source.pk])
        batch = _Batch(shop_id, source, _not_erased(source, items), provenance)
        batch.stage()
        if not source_is_new:
            batch.store_changes()
        batch.store_new()
        for public_id, fields in batch.corrected.items():
            unit.audit("item.corrected", "item", public_id, fields=fields)
        news = ((ItemsReceived, batch.created), (ItemsEdited, batch.edited), (ItemsCorrected, [*batch.corrected]))
        for event, ids in news:
            for start in range(0, len(ids), ITEMS_PER_ROW):
                unit.emit(event(item_ids=tuple(ids[start : start + ITEMS_PER_ROW])))
    return BulkReceived(
        created=tuple(batch.created),
        created_pks=tuple(batch.created_pks),
        edited=tuple(batch.edited),
        corrected=tuple(batch.corrected),
        known_pks=tuple(batch.known_pks),
        unchanged=len(batch.items) - len(batch.created) - len(batch.edited) - len(batch.corrected),
        refused=len(items) - len(batch.items),
    )


def _not_erased(source: Source, items: Sequence[ReadyItem]) -> Sequence[ReadyItem]:
    """Without what was erased before, and without what its erased author wrote elsewhere."""
    if not has_tombstones(source):
        return items
    hashes = {external_hash(source, ready.item.external_id): ready for ready in items}
    authors = {key: author_hash(source, key) for key in {ready.item.author_key for ready in items}}
    erased = tombstones_among(source, [*hashes, *authors.values()])
    return [ready for key, ready in hashes.items() if not {key, authors[ready.item.author_key]} & erased]


class _Batch:
    """One batch on its way through the stage."""

    def __init__(self, shop_id: int, source: Source, items: Sequence[ReadyItem], provenance: str) -> None:
        self.items = items
        self.now = timezone.now()
        self.provenance = provenance[:200]
        self.values: dict[str, Any] = {"shop": shop_id, "source": source.pk, "now": self.now}
        self.by_public_id: dict[str, ReadyItem] = {}
        self.created: list[str] = []
        self.created_pks: list[int] = []
        self.edited: list[str] = []
        self.corrected: dict[str, list[str]] = {}
        self.known_pks: list[int] = []

    def stage(self) -> None:
        """Copy the batch to the transaction's own table."""
        item_ids, author_ids = _public_ids(PUBLIC_ID_PREFIX), _public_ids("aut")
        self.by_public_id = dict(zip(item_ids, self.items, strict=False))
        named = [bool(ready.item.author_name or ready.item.author_key) for ready in self.items]
        self.with_authors = any(named)
        lines = [
            f"{public_id}{_CELL}{ready.staged}{_CELL}{next(author_ids) if has_author else ''}\n"
            for (public_id, ready), has_author in zip(self.by_public_id.items(), named, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(_STAGE)
            cursor.execute("TRUNCATE content_stage")
            _copy(cursor, "COPY content_stage FROM STDIN", lines)

    def store_changes(self) -> None:
        """Find what is there already, give new words to what has them, and put right what is told differently."""
        with connection.cursor() as cursor:
            cursor.execute(_KNOWN, self.values)
            rows = cursor.fetchall()
            self.known_pks = [pk for pk, _has_new_words, _fields in rows]
            edited = [pk for pk, has_new_words, _fields in rows if has_new_words]
            self.edited = [public_id for _pk, public_id in self._update(cursor, _EDIT, edited)]
            fields = {pk: names for pk, has_new_words, names in rows if names and not has_new_words}
            self.corrected = {public_id: fields[pk] for pk, public_id in self._update(cursor, _CORRECT, list(fields))}

    def _update(self, cursor: Any, statement: str, pks: list[int]) -> list[tuple[int, str]]:
        """Write what the file says over these items, and its record; returns their keys and public ids."""
        if not pks:
            return []
        values = {**self.values, "items": pks}
        if statement is _EDIT:
            cursor.execute(_KEEP_OLD_WORDING, values)
        cursor.execute(statement, values)
        updated = cursor.fetchall()
        cursor.execute(_FORGET_RECORDS, values)
        of_id = {ready.item.external_id: ready for ready in self.items}
        self._keep_records(cursor, [(pk, of_id[external_id]) for pk, _id, external_id in updated])
        return [(pk, public_id) for pk, public_id, _external_id in updated]

    def store_new(self) -> None:
        """Insert what is not there yet, with its authors and raw records."""
        if len(self.known_pks) == len(self.items):
            return
        with connection.cursor() as cursor:
            if self.with_authors:
                cursor.execute(_AUTHORS, self.values)
            cursor.execute(_ITEMS_WITH_AUTHORS if self.with_authors else _ITEMS_WITHOUT_AUTHORS, self.values)
            made = cursor.fetchall()
            self.created_pks = [pk for pk, _id in made]
            self.created = [public_id for _pk, public_id in made]
            self._keep_records(cursor, [(pk, self.by_public_id[public_id]) for pk, public_id in made])

    def _keep_records(self, cursor: Any, of_items: list[tuple[int, ReadyItem]]) -> None:
        before = f"{self.values['shop']}{_CELL}"
        after = f"{_CELL}{_cells((self.provenance, self.now))}\n"
        _copy(cursor, _RECORDS, [f"{before}{pk}{_CELL}{ready.record}{after}" for pk, ready in of_items])


# Separates cells and stands for NULL in COPY's text format: characters that hardly any text contains.
_CELL, _NULL = "\x1f", "\x1e"


def _copy(cursor: Any, statement: str, lines: list[str]) -> None:
    with cursor.copy(f"{statement} (DELIMITER E'\\x1f', NULL E'\\x1e')") as copy:
        copy.write("".join(lines))


def _cells(cells: tuple[object, ...]) -> str:
    """A row, or a part of one, in COPY's text format: escaped at once, cell by cell only where a text needs it."""
    texts = [cell if cell.__class__ is str else _NULL if cell is None else str(cell) for cell in cells]
    line = _CELL.join(texts)
    if line.count(_CELL) == len(texts) - 1 and line.count(_NULL) == cells.count(None):
        return line.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return _CELL.join(_NULL if cell is None else _escaped(str(cell)) for cell in cells)


def _escaped(cell: str) -> str:
    cell = cell.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return cell.replace(_CELL, "\\x1f").replace(_NULL, "\\x1e")


# Bytes 0 to 247 are four times the alphabet; the others are thrown away, so that every character is as likely.
_BASE62 = (ALPHABET * 5).encode()[:256]
_BEYOND = bytes(range(248, 256))


def _public_ids(prefix: str) -> Iterator[str]:
    """Public ids as :func:`project.core.ids.new_public_id` makes them, from large draws of randomness."""
    while True:
        characters = secrets.token_bytes(1 << 15).translate(_BASE62, _BEYOND).decode()
        for start in range(0, len(characters) - RANDOM_LENGTH, RANDOM_LENGTH):
            yield f"{prefix}_{characters[start : start + RANDOM_LENGTH]}"
