"""From a question to an answer, claim by claim: search, choose, compose, verify, send."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import override

from assistant.answers.contracts import (
    Abstention,
    Answer,
    Citation,
    Claim,
    Coverage,
    Retrieval,
    Stance,
    Tally,
    Trace,
)
from assistant.answers.material import Draft, Material, Offered, drafts, prompt
from assistant.answers.messages import Facts, abstention, label, statement, support_of
from assistant.answers.provider import model_name, written_drafts
from assistant.answers.stance import stance_of
from assistant.answers.verifier import Check, Rejection, rejection, support_of_cited
from assistant.embedding.client import DEADLINE_SECONDS, question_vector
from assistant.retrieval.choice import Candidate, Choice, choose
from assistant.retrieval.counting import counted, seen
from assistant.retrieval.query import Question
from assistant.retrieval.scope import Scope
from assistant.retrieval.search import Found, Matches, search
from assistant.retrieval.typical import Weighed, weighed
from assistant.text.normalise import stem, words
from assistant.text.stopwords import is_stop_word
from project.core.links import item_links
from project.core.publication import publication_number
from project.rights import gate, wording
from project.rights.contracts import GateQuery, PublishedItem

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EXTRACTIVE = "extractive"
CANDIDATES = 16
OF_EACH_SIDE = 6
"""Passages whose reviews are read for quoting: the best of all, and of each side."""

OFFERED_TO_MODEL = 12
CHECK_SECONDS = 0.25
"""How long what the gate said about the offered reviews is believed within one answer."""


@dataclass(frozen=True)
class Asked:
    """A question with all that an answer depends on."""

    question: Question
    scope: Scope
    language: str
    model: BaseChatModel | None = None
    deadline: float = field(default_factory=lambda: DEADLINE_SECONDS)


Event = Claim | Coverage | Answer


def answer_events(asked: Asked) -> Iterator[Event]:
    """Yield coverage and claims as they are verified, then the whole answer. Must run inside the shop's scope."""
    return _Run(asked).events()


class _Run:
    """One question on its way. Holds what was measured and rejected, for the trace."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._started = time.monotonic()
        self._times: dict[str, float] = {}
        self._rejected: list[str] = []
        self._checked: dict[str, PublishedItem] | None = None
        self._checked_at = 0.0

    def events(self) -> Iterator[Event]:
        asked = self._asked
        pending = question_vector(asked.question.text, language=asked.question.language, deadline=asked.deadline)
        vector = pending.result()
        self._lap("vector")
        # A withdrawal between search and count makes them differ; then everything is looked at once more.
        for last_try in (False, True):
            number = publication_number(asked.scope.shop_id)
            matches = search(asked.question, scope=asked.scope, vector=vector)
            self._lap("search")
            facts = seen(matches)
            self._counted = counted(matches, asked.question.terms, asked.scope)
            self._lap("count")
            same = number == publication_number(asked.scope.shop_id) and facts == self._counted
            if same or last_try:
                break
        why = "" if matches.dense_used else (pending.failure or "no_vectors")
        if not matches.found or not facts.tally.considered:
            reason = Abstention.NO_EVIDENCE if facts.tally.total else Abstention.NO_REVIEWS
            if facts.tally.total and not asked.question.terms:
                reason = Abstention.NO_QUESTION
            yield self._abstain(reason, facts.tally, matches, why)
            return
        yield from self._answer(matches, facts, why)

    def _answer(self, matches: Matches, facts: Facts, why: str) -> Iterator[Event]:
        material = self._material(matches, facts)
        self._lap("choose")
        claims: list[Claim] = []
        ai_generated = False
        for draft in self._drafts(material):
            claim = self._verified(draft, material, facts)
            if claim is None:
                continue
            if not claims:
                yield Coverage(facts.tally)
                self._lap("first_claim")
            ai_generated = ai_generated or draft.say is None
            claims.append(claim)
            yield claim
        if not claims:
            yield self._abstain(Abstention.NO_EVIDENCE, facts.tally, matches, why)
            return
        language = self._asked.language
        yield Answer(
            claims=tuple(claims),
            coverage=Coverage(facts.tally),
            abstained=False,
            reason=None,
            ai_generated=ai_generated,
            model=model_name() or type(self._asked.model).__name__ if ai_generated else EXTRACTIVE,
            generated_at=timezone.now(),
            language=language,
            label=label(ai_generated=ai_generated, language=language),
            message="",
            trace=self._trace(matches, why),
        )

    def _material(self, matches: Matches, facts: Facts) -> Material:
        shop_id = self._asked.scope.shop_id
        short = _shortlist(weighed(matches.found, shop_id=shop_id), facts.dissent)
        ids = tuple(dict.fromkeys(row.found.item_id for row in short))
        found = gate.published(self._asked.scope.audience, GateQuery(item_ids=ids, limit=len(ids))).items
        self._published = {item.id: item for item in found}
        present = {
            row.found.passage_id: row
            for row in short
            if row.found.item_id in self._published and row.found.end <= len(self._published[row.found.item_id].text)
        }
        candidates = [
            _candidate(row, self._published[row.found.item_id], self._asked.question.language)
            for row in present.values()
        ]
        choice = choose(candidates, dissent=facts.dissent)
        links = item_links(shop_id)
        self._links = {item_id: links(item_id) for item_id in self._published}
        return Material(
            question=self._asked.question.text,
            language=self._asked.language,
            passages=self._offered(choice, candidates, {key: row.found for key, row in present.items()}),
        )

    def _offered(
        self, choice: Choice, candidates: Sequence[Candidate], entries: dict[int, Found]
    ) -> tuple[Offered, ...]:
        roles = [(candidate, Offered.QUOTE) for candidate in choice.quotes]
        if choice.dissent is not None:
            roles.append((choice.dissent, Offered.DISSENT))
        taken = {candidate.passage_id for candidate, _ in roles}
        more = sorted((c for c in candidates if c.passage_id not in taken), key=lambda c: -c.score)
        if self._asked.model is not None:
            roles += [(candidate, Offered.MORE) for candidate in more[: OFFERED_TO_MODEL - len(roles)]]
        return tuple(
            Offered(
                number=number,
                citation=_citation(entries[candidate.passage_id], self._published, self._links, self._asked.language),
                stance=candidate.stance,
                role=role,
            )
            for number, (candidate, role) in enumerate(roles, start=1)
        )

    def _drafts(self, material: Material) -> Iterator[Draft]:
        """The statements made from counts, with a model's sentences between them when one is configured."""
        # LangChain takes half a second and 30 MB to import: processes that answer nothing do not pay for it.
        from assistant.answers.extractive import ExtractiveChatModel

        chunks = ExtractiveChatModel().stream(prompt(material))
        first, *rest = list(drafts(str(chunk.text) for chunk in chunks))
        yield first
        if self._asked.model is not None:
            yield from written_drafts(self._asked.model, material)
        yield from rest

    def _verified(self, draft: Draft, material: Material, facts: Facts) -> Claim | None:
        offered = {passage.number: passage.citation for passage in material.passages}
        if not all(number in offered for number in draft.passages):
            self._rejected.append("unknown_passage")
            return None
        citations = tuple(offered[number] for number in dict.fromkeys(draft.passages))
        check = self._check(material)
        try:
            if draft.say is not None:
                text = statement(draft.say, facts, language=self._asked.language)
                claim = Claim(text, support_of(draft.say, facts), citations)
            else:
                claim = Claim(draft.text, support_of_cited(citations, check.published), citations)
        except KeyError:
            found: Rejection | None = Rejection.NOT_PUBLISHED
        else:
            found = rejection(claim, check, say=draft.say)
        if found is None:
            return claim
        self._rejected.append(found.value)
        return None

    def _check(self, material: Material) -> Check:
        """What the gate publishes now, after the search, of the reviews that may be quoted.

        Asked once for claims that are sent at once, and anew after a model has taken its time.
        """
        if self._checked is None or time.monotonic() - self._checked_at > CHECK_SECONDS:
            ids = tuple(dict.fromkeys(passage.citation.review_id for passage in material.passages))
            audience = replace(self._asked.scope.audience, at=timezone.now())
            self._checked_at = time.monotonic()
            now = gate.published(audience, GateQuery(item_ids=ids, limit=len(ids))).items
            self._checked = {item.id: item for item in now}
        return Check(
            published=self._checked,
            facts=self._counted,
            links=lambda item_id: self._links[item_id],
            language=self._asked.language,
            question=self._asked.question.text,
        )

    def _abstain(self, reason: Abstention, tally: Tally, matches: Matches, why: str) -> Answer:
        language = self._asked.language
        return Answer(
            claims=(),
            coverage=Coverage(replace(tally, considered=0, ratings={}, first=None, last=None)),
            abstained=True,
            reason=reason.value,
            ai_generated=False,
            model=EXTRACTIVE,
            generated_at=timezone.now(),
            language=language,
            label=label(ai_generated=False, language=language),
            message=abstention(reason, language=language),
            trace=self._trace(matches, why),
        )

    def _trace(self, matches: Matches, why: str) -> Trace:
        return Trace(
            retrieval=Retrieval.HYBRID if matches.dense_used else Retrieval.LEXICAL,
            why=why,
            best_score=matches.best,
            matching_passages=len(matches.found),
            rejected_claims=tuple(self._rejected),
            milliseconds=dict(self._times),
        )

    def _lap(self, name: str) -> None:
        """Note how long after the start a step ended."""
        self._times[name] = 1000 * (time.monotonic() - self._started)


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


def _citation(entry: Found, published: dict[str, PublishedItem], links: dict[str, str], language: str) -> Citation:
    item = published[entry.item_id]
    with override(language):
        credit, disclosure = wording.credit_text(item.credit), wording.disclosure_text(item.disclosure)
    return Citation(
        review_id=item.id,
        url=links[item.id],
        quote=item.text[entry.start : entry.end],
        start=entry.start,
        end=entry.end,
        credit=credit,
        rating=item.rating,
        date=item.occurred_at.date() if item.occurred_at else None,
        language=item.language,
        disclosure=disclosure or "",
    )
