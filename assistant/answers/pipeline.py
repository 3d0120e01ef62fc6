"""From a question to an answer, claim by claim: search, choose, compose, verify, send."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.utils import timezone

from assistant.answers.contracts import (
    Abstention,
    Answer,
    Citation,
    Claim,
    Coverage,
    Retrieval,
    Tally,
    Trace,
)
from assistant.answers.credits import credit_line, disclosure_label
from assistant.answers.extractive import NAME as EXTRACTIVE
from assistant.answers.extractive import ExtractiveChatModel
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
from assistant.retrieval.scoring import fused
from assistant.retrieval.search import Found, Matches, search
from assistant.text.normalise import stem, words
from assistant.text.stopwords import is_stop_word
from project.core.links import item_links
from project.rights import gate
from project.rights.contracts import GateQuery, PublishedItem

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

CANDIDATES = 24
"""Passages looked at for quoting; the best of each stance are among them."""

OF_EACH_STANCE = 8
OFFERED_TO_MODEL = 12


@dataclass(frozen=True)
class Asked:
    """A question with all that an answer depends on."""

    question: Question
    scope: Scope
    language: str
    model: BaseChatModel | None = None
    deadline: float = DEADLINE_SECONDS


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

    def events(self) -> Iterator[Event]:
        asked = self._asked
        if not asked.question.terms and len(asked.question.text) < 2:
            yield self._abstain(Abstention.NO_QUESTION, Tally(0, 0), Matches((), (), 0, 0.0, False), "")
            return
        pending = question_vector(asked.question.text, language=asked.question.language, deadline=asked.deadline)
        vector = pending.result()
        self._lap("vector")
        # A withdrawal between search and count makes them differ; then everything is looked at once more.
        for last_try in (False, True):
            matches = search(asked.question, scope=asked.scope, vector=vector)
            self._lap("search")
            facts = seen(matches)
            self._counted = counted(matches, asked.question.terms, asked.scope)
            self._lap("count")
            if last_try or facts == self._counted:
                break
        why = "" if matches.dense_used else (pending.failure or "no_vectors")
        if not matches.found or not facts.tally.considered:
            reason = Abstention.NO_EVIDENCE if facts.tally.total else Abstention.NO_REVIEWS
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
        ranked = _ranked(matches.found)
        shortlist = _shortlist(ranked)
        ids = tuple(dict.fromkeys(entry.item_id for entry, _ in shortlist))
        found = gate.published(self._asked.scope.audience, GateQuery(item_ids=ids, limit=len(ids))).items
        self._published = {item.id: item for item in found}
        present = {
            entry.passage_id: (entry, score)
            for entry, score in shortlist
            if entry.item_id in self._published and entry.end <= len(self._published[entry.item_id].text)
        }
        candidates = [
            _candidate(entry, score, self._published[entry.item_id], self._asked.question.language)
            for entry, score in present.values()
        ]
        choice = choose(candidates, dissent=facts.dissent)
        links = item_links(self._asked.scope.shop_id)
        self._links = {item_id: links(item_id) for item_id in self._published}
        return Material(
            question=self._asked.question.text,
            language=self._asked.language,
            passages=self._offered(choice, candidates, {key: entry for key, (entry, _) in present.items()}),
        )

    def _offered(
        self, choice: Choice, candidates: Sequence[Candidate], entries: dict[int, Found]
    ) -> tuple[Offered, ...]:
        roles = [(candidate, Offered.QUOTE) for candidate in choice.quotes]
        if choice.dissent is not None:
            roles.append((choice.dissent, Offered.DISSENT))
        taken = {candidate.passage_id for candidate, _ in roles}
        more = sorted((c for c in candidates if c.passage_id not in taken), key=lambda c: -c.score)
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
        check = self._check(citations)
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

    def _check(self, citations: Sequence[Citation]) -> Check:
        """What the gate publishes at this very moment, for the reviews that are about to be quoted."""
        ids = tuple(dict.fromkeys(citation.review_id for citation in citations))
        audience = replace(self._asked.scope.audience, at=timezone.now())
        now = gate.published(audience, GateQuery(item_ids=ids, limit=max(1, len(ids)))).items
        return Check(
            published={item.id: item for item in now},
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


def _ranked(found: Sequence[Found]) -> list[tuple[Found, float]]:
    scores = fused([entry.scored for entry in found])
    return sorted(
        ((entry, scores[entry.passage_id]) for entry in found),
        key=lambda pair: (-pair[1], pair[0].passage_id),
    )


def _shortlist(ranked: Sequence[tuple[Found, float]]) -> list[tuple[Found, float]]:
    """The best passages, and the best of every stance, so that no side is missing before quotes are chosen."""
    chosen = {entry.passage_id: (entry, score) for entry, score in ranked[:CANDIDATES]}
    room: dict[str, int] = {}
    for entry, score in ranked:
        stance = stance_of(entry.rating)
        if room.get(stance, 0) < OF_EACH_STANCE:
            room[stance] = room.get(stance, 0) + 1
            chosen.setdefault(entry.passage_id, (entry, score))
    return list(chosen.values())


def _candidate(entry: Found, score: float, item: PublishedItem, language: str) -> Candidate:
    text = item.text[entry.start : entry.end]
    return Candidate(
        passage_id=entry.passage_id,
        item_pk=entry.item_pk,
        start=entry.start,
        end=entry.end,
        whole=text.strip() == item.text.strip(),
        stance=stance_of(item.rating),
        score=score,
        stems=frozenset(stem(word, language) for word in words(text) if not is_stop_word(word, language)),
    )


def _citation(entry: Found, published: dict[str, PublishedItem], links: dict[str, str], language: str) -> Citation:
    item = published[entry.item_id]
    return Citation(
        review_id=item.id,
        url=links[item.id],
        quote=item.text[entry.start : entry.end],
        start=entry.start,
        end=entry.end,
        credit=credit_line(item, language=language),
        rating=item.rating,
        date=item.occurred_at.date() if item.occurred_at else None,
        language=item.language,
        disclosure=disclosure_label(item, language=language),
    )
