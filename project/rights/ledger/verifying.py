"""Recomputing a shop's ledger from its rows, and naming the first bad entry.

Nothing of what this process remembers is used. Three things hold an entry in place: its own form and number, the hash
that the entry after it names, and the signed heads above it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils.translation import gettext as _

from project.core.scope import shop_scope
from project.rights.ledger.appending import FORMAT_VERSION
from project.rights.ledger.heads import entry_count, head_document, signed_bytes
from project.rights.ledger.keys import known_keys
from project.rights.ledger.tree import Frontier, leaf_hash
from project.rights.models import LicenceEvent, LogKey, TreeHead
from project.shops.selectors import shop_facts

ROWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Problem:
    """What is wrong. ``entry``: the number of the first bad entry, where one can be named."""

    code: str
    message: str
    entry: int | None = None


@dataclass
class Verification:
    """What was recomputed and what was found."""

    log: str
    entries: int = 0
    heads: int = 0
    root_hash: str = ""
    covered: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def verified(self) -> bool:
        return not self.problems

    @property
    def first_bad_entry(self) -> int | None:
        return min((problem.entry for problem in self.problems if problem.entry is not None), default=None)


@dataclass(frozen=True)
class _Row:
    number: int
    body: str
    at: datetime
    leaf: bytes
    prev: str | None
    version: int


def verify_ledger(
    *,
    shop_id: int,
    saved: Sequence[Mapping[str, Any]] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Verification:
    """Check a shop's whole ledger, its heads, and heads that somebody ``saved`` earlier."""
    with shop_scope(shop_id):
        return _Verifier(shop_id, shop_facts(shop_id).public_id, saved, progress).run()


class _Verifier:
    def __init__(
        self, shop_id: int, log: str, saved: Sequence[Mapping[str, Any]], progress: Callable[[int, int], None]
    ) -> None:
        self._report = Verification(log)
        self._expected = entry_count(shop_id)
        self._heads = {head.tree_size: head for head in TreeHead.objects.order_by("tree_size")}
        self._saved: dict[int, list[Mapping[str, Any]]] = {}
        for head in saved:
            self._saved.setdefault(int(head["tree_size"]), []).append(head)
        self._keys = {key.key_id: key for key in known_keys()}
        self._progress = progress
        self._tree = Frontier()
        # Sizes whose root is as it was signed: no entry up to there is bad.
        self._sound_to = 0

    def run(self) -> Verification:
        self._check_signatures()
        before: _Row | None = None
        for row in self._rows():
            if problem := self._wrong_with(row, before):
                self._report.problems.append(problem)
                break
            self._tree.add(row.leaf)
            self._report.entries = row.number
            if problem := self._wrong_root(row):
                self._report.problems.append(problem)
                break
            before = row
        else:
            self._check_end()
        self._report.root_hash = self._tree.root().hex()
        self._report.covered = self._sound_to
        return self._report

    def _rows(self) -> Iterator[_Row]:
        rows = LicenceEvent.objects.order_by("number").values_list("number", "body", "at")
        for number, body, at in rows.iterator(chunk_size=ROWS_AT_ONCE):
            if number % 1000 == 0:
                self._progress(number, self._expected)
            version, prev = _form(body)
            yield _Row(number, body, at, leaf_hash(body.encode()), prev, version)
        self._progress(self._expected, self._expected)

    # --- an entry and the one before ------------------------------------------------------------------

    def _wrong_with(self, row: _Row, before: _Row | None) -> Problem | None:
        wanted = before.number + 1 if before else 1
        if row.number != wanted:
            return Problem("entry_missing", _("Entry %(n)d is missing.") % {"n": wanted}, wanted)
        if not _well_formed(row, before):
            return self._altered(row.number)
        if before is None or row.version == 1 or row.prev == before.leaf.hex():
            return None
        return self._altered(before.number if self._is_culprit(before, row) else row.number)

    def _is_culprit(self, before: _Row, row: _Row) -> bool:
        """Whether the entry before is the altered one, and not the link of this one.

        An entry below a head that still stands is sound. Else this one is mended on trial: if what comes after it then
        agrees, its link alone was altered.
        """
        if before.number <= self._sound_to:
            return False
        mended = leaf_hash(_mended(row.body, before.leaf.hex()))
        after = LicenceEvent.objects.filter(number=row.number + 1).values_list("body", flat=True).first()
        if after is not None:
            return _form(after)[1] != mended.hex()
        head = self._heads.get(row.number)
        if head is None:
            return True
        trial = self._tree.copy()
        trial.add(mended)
        return trial.root().hex() != head.root_hash

    def _altered(self, number: int) -> Problem:
        return Problem("entry_altered", _("Entry %(n)d was altered.") % {"n": number}, number)

    # --- heads ----------------------------------------------------------------------------------------

    def _wrong_root(self, row: _Row) -> Problem | None:
        found = self._tree.root().hex() if row.number in self._heads or row.number in self._saved else ""
        head = self._heads.get(row.number)
        if head is not None:
            if found != head.root_hash:
                return self._rewritten(row)
            self._sound_to = row.number
        if any(found != kept["root_hash"] for kept in self._saved.get(row.number, ())):
            return Problem(
                "fork",
                _("The first %(n)d entries are not those of the head that was kept: the ledger was forked.")
                % {"n": row.number},
                self._sound_to + 1 if self._sound_to < row.number else None,
            )
        return None

    def _rewritten(self, row: _Row) -> Problem:
        """Every link up to here holds: this entry alone was altered, or a stretch was written anew, links and all.

        It was this one if the entry after it does not vouch for it, or if there is none that could.
        """
        if not self._is_linked_on(row):
            return self._altered(row.number)
        first = self._sound_to + 1
        return Problem(
            "root_differs",
            _("The entries %(first)d to %(last)d are not those that the head over %(last)d was signed over.")
            % {"first": first, "last": row.number},
            first,
        )

    def _is_linked_on(self, row: _Row) -> bool:
        """Whether the entry after this one vouches for it."""
        after = LicenceEvent.objects.filter(number=row.number + 1).values_list("body", flat=True).first()
        has_links = row.version > 1
        return not has_links or (after is not None and _form(after)[1] == row.leaf.hex())

    def _check_end(self) -> None:
        present = self._report.entries
        promised = max([self._expected, *self._heads, *self._saved])
        if promised > present:
            self._report.problems.append(
                Problem(
                    "truncated",
                    _("The ledger had %(promised)d entries and has %(present)d: the end was cut off.")
                    % {"promised": promised, "present": present},
                    present + 1,
                )
            )

    def _check_signatures(self) -> None:
        newest = -1
        for size, head in self._heads.items():
            document = head_document(head, self._report.log)
            if not _is_signed(document, self._keys.get(head.key_id)) or head.timestamp <= newest:
                self._report.problems.append(
                    Problem("head_invalid", _("The head over %(n)d entries is not validly signed.") % {"n": size})
                )
            newest = head.timestamp
            self._report.heads += 1
        for size, kept in ((size, kept) for size, heads in self._saved.items() for kept in heads):
            if kept.get("log") != self._report.log:
                self._report.problems.append(
                    Problem("head_foreign", _("The head that was kept belongs to another ledger."))
                )
            elif not _is_signed(dict(kept), self._keys.get(str(kept.get("key_id")))):
                self._report.problems.append(
                    Problem(
                        "head_unknown",
                        _("The head over %(n)d entries that was kept is not signed by a key of this ledger.")
                        % {"n": size},
                    )
                )


def _is_signed(document: dict[str, Any], key: LogKey | None) -> bool:
    if key is None:
        return False
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public_key))
        public.verify(bytes.fromhex(str(document["signature"])), signed_bytes(document))
    except (InvalidSignature, ValueError, KeyError, rfc8785.CanonicalizationError):
        return False
    # A head is not older than its key; a retired key signed until it was retired.
    at = float(document["timestamp"]) / 1000
    return at >= int(key.valid_from.timestamp()) and (key.retired_at is None or at <= key.retired_at.timestamp() + 1)


def _form(body: str) -> tuple[int, str | None]:
    """Format version and link of a body; version 0 for what is no event at all."""
    try:
        facts = json.loads(body)
        version, prev = facts["v"], facts.get("prev")
    except (ValueError, KeyError, TypeError, AttributeError):
        return 0, None
    return (version, prev) if isinstance(version, int) and isinstance(prev, str | None) else (0, None)


def _well_formed(row: _Row, before: _Row | None) -> bool:
    """Whether the body is canonical and says of itself what the row says; versions never go back."""
    if not 1 <= row.version <= FORMAT_VERSION or (before is not None and row.version < before.version):
        return False
    facts = json.loads(row.body)
    plain = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if plain != row.body and rfc8785.dumps(facts).decode() != row.body:
        return False
    if ("prev" in facts) != (row.version > 1) or (before is None and row.prev is not None):
        return False
    return facts.get("number") == row.number and facts.get("at") == row.at.isoformat() and "type" in facts


def _mended(body: str, prev: str) -> bytes:
    facts = json.loads(body)
    facts["prev"] = prev
    return rfc8785.dumps(facts)
