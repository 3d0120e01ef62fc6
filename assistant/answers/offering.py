"""What a composer is offered: passages worth quoting, as the citations they would become."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils import timezone
from django.utils.translation import override

from assistant.answers.asked import Asked
from assistant.answers.contracts import Citation, CitedSource, Stance
from assistant.answers.material import Material, Offered
from assistant.answers.stance import stance_of
from assistant.retrieval.choice import Candidate, Choice, choose
from assistant.retrieval.search import Found
from assistant.retrieval.typical import Weighed, weighed
from assistant.text.normalise import stem, words
from assistant.text.stopwords import is_stop_word
from project.rights import gate, wording
from project.rights.contracts import GateQuery, PublishedItem

CANDIDATES = 16
OF_EACH_SIDE = 6
"""Passages whose reviews are read for quoting: the best of all, and of each side."""

OFFERED_TO_MODEL = 12


def offered(asked: Asked, found: Sequence[Found], dissent: Stance | None) -> tuple[Material, dict[str, PublishedItem]]:
    """Return the passages that may be quoted, and their reviews as the gate publishes them now.

    The citations have no address yet: which of them have one is asked when they are sent. Must run inside the
    shop's scope.
    """
    short = _shortlist(weighed(found, shop_id=asked.scope.shop_id), dissent)
    ids = tuple(dict.fromkeys(row.found.item_id for row in short))
    audience = replace(asked.scope.audience, at=timezone.now())
    items = gate.published(audience, GateQuery(item_ids=ids, limit=len(ids))).items
    published = {item.id: item for item in items}
    present = [
        row
        for row in short
        if row.found.item_id in published and row.found.end <= len(published[row.found.item_id].text)
    ]
    candidates = [_candidate(row, published[row.found.item_id], asked.question.language) for row in present]
    roles = _roles(choose(candidates, dissent=dissent), candidates, with_more=asked.model is not None)
    entries = {row.found.passage_id: row.found for row in present}
    material = Material(
        question=asked.question.text,
        language=asked.language,
        passages=tuple(
            Offered(
                number=number,
                citation=_citation(entries[candidate.passage_id], published, asked.language),
                stance=candidate.stance,
                role=role,
            )
            for number, (candidate, role) in enumerate(roles, start=1)
        ),
    )
    return material, published


def _roles(choice: Choice, candidates: Sequence[Candidate], *, with_more: bool) -> list[tuple[Candidate, str]]:
    roles = [(candidate, Offered.QUOTE) for candidate in choice.quotes]
    if choice.dissent is not None:
        roles.append((choice.dissent, Offered.DISSENT))
    if with_more:
        taken = {candidate.passage_id for candidate, _ in roles}
        more = sorted((c for c in candidates if c.passage_id not in taken), key=lambda c: -c.score)
        roles += [(candidate, Offered.MORE) for candidate in more[: OFFERED_TO_MODEL - len(roles)]]
    return roles


def _shortlist(rows: Sequence[Weighed], dissent: Stance | None) -> list[Weighed]:
    """The passages whose reviews are read: the best, and the best of each side of a disagreement."""
    chosen = {row.found.passage_id: row for row in rows[:CANDIDATES]}
    for side in (dissent, _other_side(dissent)):
        voices = [row for row in rows if stance_of(row.found.rating) == side]
        sign = 1.0 if side is Stance.NEGATIVE else -1.0 if side is Stance.POSITIVE else 0.0
        voices.sort(key=lambda row: -(row.score + sign * row.critical))
        chosen.update((row.found.passage_id, row) for row in voices[:OF_EACH_SIDE])
    return list(chosen.values())


def _other_side(dissent: Stance | None) -> Stance:
    return Stance.NEGATIVE if dissent is Stance.POSITIVE else Stance.POSITIVE


def _candidate(row: Weighed, item: PublishedItem, language: str) -> Candidate:
    entry = row.found
    text = item.text[entry.start : entry.end]
    return Candidate(
        passage_id=entry.passage_id,
        item_pk=entry.item_pk,
        start=entry.start,
        end=entry.end,
        whole=text.strip() == item.text.strip(),
        stance=stance_of(item.rating),
        score=row.score,
        critical=row.critical,
        stems=frozenset(stem(word, language) for word in words(text) if not is_stop_word(word, language)),
    )


def _citation(entry: Found, published: dict[str, PublishedItem], language: str) -> Citation:
    item = published[entry.item_id]
    with override(language):
        credit, disclosure = wording.credit_text(item.credit), wording.disclosure_text(item.disclosure)
    return Citation(
        review_id=item.id,
        url="",
        quote=item.text[entry.start : entry.end],
        start=entry.start,
        end=entry.end,
        text_version=item.version,
        credit=credit,
        rating=item.rating,
        date=item.occurred_at.date() if item.occurred_at else None,
        language=item.language,
        disclosure=disclosure or "",
        source=_origin(item),
    )


def _origin(item: PublishedItem) -> CitedSource | None:
    """Where the original can be read; None without an address that may become a link."""
    if not item.origin_url.startswith(("https://", "http://")):
        return None
    return CitedSource(item.source.name, item.origin_url)
