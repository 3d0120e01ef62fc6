"""From a question to an answer, claim by claim: search, choose, compose, verify, send.

Whoever takes the events may take them slowly, and a model writes slowly. So nothing that was found is believed for
long: right before each claim is handed out, and again before the whole answer is, the gate is asked for what is
cited, and the numbers must still be so.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone

from assistant.answers.asked import Asked
from assistant.answers.contracts import (
    EXTRACTIVE,
    Abstention,
    Answer,
    Citation,
    Claim,
    Coverage,
    Retrieval,
    Trace,
)
from assistant.answers.material import Draft, Material, drafts, prompt
from assistant.answers.messages import Say, abstention, label, statement, support_of
from assistant.answers.moment import lasting, looked
from assistant.answers.offering import offered
from assistant.answers.provider import model_name, written_drafts
from assistant.answers.stance import stance_of
from assistant.answers.stars import asks_for_stars, star_events
from assistant.answers.verifier import Check, Rejection, rejection, support_of_cited
from assistant.embedding.client import question_vector
from project.core.links import item_links
from project.rights import gate
from project.rights.contracts import GateQuery, PublishedItem

UNKNOWN_PASSAGE = "unknown_passage"

Event = Claim | Coverage | Answer


def answer_events(asked: Asked) -> Iterator[Event]:
    """Yield coverage and claims as they are verified, then the whole answer, which has the last word.

    Each is verified when it is asked for. Must run inside the shop's scope.
    """
    yield from star_events(asked) if asks_for_stars(asked.question) else _Run(asked).events()


class _Run:
    """One question on its way. Holds what was found, measured and rejected."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._started = time.monotonic()
        self._times: dict[str, float] = {}
        self._rejected: list[str] = []
        self._gone: set[str] = set()
        self._links: dict[str, str] = {}
        self._linked_at: tuple[int, float] | None = None
        question = asked.question
        self._pending = question_vector(question.text, language=question.language, deadline=asked.deadline)
        self._arrived: tuple[Sequence[float] | None] | None = None

    def events(self) -> Iterator[Event]:
        try:
            self._moment = looked(self._asked, self._vector, self._lap)
        finally:
            self._vector()
        facts = self._moment.facts
        if not self._moment.matches.found or not facts.tally.considered:
            yield self._abstain()
            return
        self._offered_from = self._moment.matches.found
        self._material, published = self._offered()
        self._lap("choose")
        yield from self._claims(published)

    def _vector(self) -> Sequence[float] | None:
        """Return the question's vector, waited for by the first who asks: it is made while words are looked for."""
        if self._arrived is None:
            self._arrived = (self._pending.result(),)
            self._lap("vector")
        return self._arrived[0]

    def _offered(self) -> tuple[Material, Mapping[str, PublishedItem]]:
        moment = self._moment
        return offered(self._asked, moment.matches.found, moment.facts.dissent)

    def _claims(self, published: Mapping[str, PublishedItem]) -> Iterator[Event]:
        said: list[Draft] = []
        covered = False
        for draft in self._drafts():
            if not covered and self._known(draft) and self._made(draft, self._material, published) is not None:
                # Of what was read for quoting; where nothing holds, no coverage is claimed.
                yield Coverage(self._moment.facts.tally)
                covered = True
            claim = self._claim(draft) if covered else None
            if claim is None:
                continue
            if not said:
                self._lap("first_claim")
            said.append(draft)
            yield claim
        yield self._whole([draft for draft in said if draft.say is None])

    def _drafts(self) -> Iterator[Draft]:
        """The statements made from counts, with a model's sentences between them when one is configured."""
        composed = _composed(self._material)
        yield from composed[:1]
        if composed and self._asked.model is not None:
            yield from written_drafts(self._asked.model, self._material)
        yield from composed[1:]

    def _whole(self, written: Sequence[Draft]) -> Answer:
        """Return the answer as it holds now, with the model's sentences that were said and still hold."""
        material = self._material
        published = self._published(_reviews(material))
        if self._moment.matches.found is not self._offered_from:
            # Something left while the answer was made: the statements are made anew of what is there now.
            material, _ = self._offered()
            published = self._published(_reviews(self._material) + _reviews(material))
        composed = _composed(material)
        plan = [(composed[:1], material), (written, self._material), (composed[1:], material)]
        made = [
            (draft, claim)
            for some, of in plan
            for draft in some
            if (claim := self._made(draft, of, published)) is not None
        ]
        if not made:
            return self._abstain()
        ai_generated = any(draft.say is None for draft, _ in made)
        language = self._asked.language
        return Answer(
            claims=tuple(claim for _, claim in made),
            coverage=Coverage(self._moment.facts.tally),
            abstained=False,
            reason=None,
            ai_generated=ai_generated,
            model=model_name() or type(self._asked.model).__name__ if ai_generated else EXTRACTIVE,
            generated_at=timezone.now(),
            language=language,
            label=label(ai_generated=ai_generated, language=language),
            message="",
            trace=self._trace(),
            version=self._moment.number,
        )

    def _claim(self, draft: Draft) -> Claim | None:
        """Return a draft as a claim that holds now, None (and why, in the trace) when it does not."""
        if not self._known(draft):
            self._rejected.append(UNKNOWN_PASSAGE)
            return None
        offers = {passage.number: passage.citation.review_id for passage in self._material.passages}
        return self._made(draft, self._material, self._published([offers[number] for number in draft.passages]))

    def _known(self, draft: Draft) -> bool:
        """Whether a draft names no passage but those offered; a model may name any number."""
        return {passage.number for passage in self._material.passages}.issuperset(draft.passages)

    def _published(self, ids: Sequence[str]) -> Mapping[str, PublishedItem]:
        """Return what the gate publishes of these reviews now, with the numbers in `_moment` of the same moment.

        The gate is asked before the publication number: a number that has not risen says that both are of one state.
        """
        wanted = tuple(dict.fromkeys(ids))
        for last_try in (False, True):
            audience = replace(self._asked.scope.audience, at=timezone.now())
            items = gate.published(audience, GateQuery(item_ids=wanted, limit=len(wanted))).items if wanted else ()
            published = {item.id: item for item in items}
            gone = set(wanted) - published.keys() - self._gone
            self._gone |= gone
            moment = None if gone else lasting(self._moment, self._asked)
            if moment is not None or last_try:
                break
            self._moment = looked(self._asked, self._vector)
        self._moment = moment or self._moment
        self._link(wanted)
        return published

    def _link(self, ids: Sequence[str]) -> None:
        """Find where these reviews, and all that are offered, can be read: once for each moment."""
        if self._linked_at != (at := (self._moment.number, self._moment.taken_at)):
            self._linked_at, self._links = at, {}
        unknown = [item_id for item_id in {*ids, *_reviews(self._material)} if item_id not in self._links]
        if unknown:
            found = item_links(self._asked.scope.shop_id, unknown)
            self._links.update((item_id, found.get(item_id, "")) for item_id in unknown)

    def _made(self, draft: Draft, material: Material, published: Mapping[str, PublishedItem]) -> Claim | None:
        made = self._held(draft, material, published)
        if isinstance(made, Rejection):
            self._rejected.append(made.value)
            return None
        return made

    def _held(self, draft: Draft, material: Material, published: Mapping[str, PublishedItem]) -> Claim | Rejection:
        """Return the claim that a draft makes of the reviews that are there, or why it makes none.

        A statement made from counts goes on with the quotes that are left; a sentence that a model wrote does not
        outlive any of its reviews.
        """
        facts = self._moment.facts
        offers = {passage.number: passage.citation for passage in material.passages}
        cited = [offers[number] for number in dict.fromkeys(draft.passages)]
        left = tuple(
            replace(citation, url=self._links.get(citation.review_id, ""))
            for citation in cited
            if _holds(citation, published)
        )
        if draft.say is Say.DISSENT:
            left = tuple(citation for citation in left if stance_of(citation.rating) is facts.dissent)
        if len(left) < len(cited) and (draft.say is None or not left):
            return Rejection.NOT_PUBLISHED
        if draft.say is None:
            text, support = draft.text, support_of_cited(left, published)
        else:
            text, support = statement(draft.say, facts, language=self._asked.language), support_of(draft.say, facts)
            if not support.total:
                return Rejection.NOT_PUBLISHED
        claim = Claim(text, support, left, _shown_until(left, published))
        check = Check(
            published=published,
            facts=self._moment.counted,
            links=self._links,
            language=self._asked.language,
            question=self._asked.question.text,
        )
        return rejection(claim, check, say=draft.say) or claim

    def _abstain(self) -> Answer:
        tally, language = self._moment.facts.tally, self._asked.language
        if not tally.total:
            reason = Abstention.NO_REVIEWS
        elif tally.considered:
            # Others have written about it: that nobody has would be untrue.
            reason = Abstention.EVIDENCE_GONE
        else:
            reason = Abstention.NO_EVIDENCE if self._asked.question.terms else Abstention.NO_QUESTION
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
            trace=self._trace(),
            version=self._moment.number,
        )

    def _trace(self) -> Trace:
        matches = self._moment.matches
        return Trace(
            retrieval=Retrieval.HYBRID if matches.dense_used else Retrieval.LEXICAL,
            why="" if matches.dense_used else (self._pending.failure or "no_vectors"),
            best_score=matches.best,
            matching_passages=len(matches.found),
            rejected_claims=tuple(self._rejected),
            milliseconds=dict(self._times),
        )

    def _lap(self, name: str) -> None:
        """Note how long after the start a step ended."""
        self._times[name] = 1000 * (time.monotonic() - self._started)


def _composed(material: Material) -> list[Draft]:
    """The statements made from counts that these passages allow."""
    # LangChain takes half a second and 30 MB to import: processes that answer nothing do not pay for it.
    from assistant.answers.extractive import ExtractiveChatModel

    if not material.passages:
        return []
    return list(drafts(str(chunk.text) for chunk in ExtractiveChatModel().stream(prompt(material))))


def _reviews(material: Material) -> list[str]:
    return [passage.citation.review_id for passage in material.passages]


def _holds(citation: Citation, published: Mapping[str, PublishedItem]) -> bool:
    """Whether a quote still is what the gate publishes."""
    item = published.get(citation.review_id)
    return item is not None and item.text[citation.start : citation.end] == citation.quote


def _shown_until(citations: Iterable[Citation], published: Mapping[str, PublishedItem]) -> datetime | None:
    ends = [published[citation.review_id].shown_until for citation in citations]
    return min((end for end in ends if end is not None), default=None)
