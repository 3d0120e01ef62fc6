"""The answer as it goes over the wire, and what it is made of. Frozen: more keys may be added, none changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

EXTRACTIVE = "extractive"
"""What an answer names as its model when none wrote it."""


class Stance(StrEnum):
    """Which way a review leans. Stars decide; without stars nothing is guessed and the review counts as mixed."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    MIXED = "mixed"


class Abstention(StrEnum):
    """Why nothing was said. `evidence_gone`: what was quoted left the shop while the answer was being made."""

    EVIDENCE_GONE = "evidence_gone"
    NO_EVIDENCE = "no_evidence"
    NO_QUESTION = "no_question"
    NO_REVIEWS = "no_reviews"
    NO_STARS = "no_stars"


class Retrieval(StrEnum):
    """How passages were found: by words and meaning, or by words alone."""

    HYBRID = "hybrid"
    LEXICAL = "lexical"


@dataclass(frozen=True)
class Support:
    """Reviews behind a claim, by stance; `total` is their sum."""

    positive: int
    negative: int
    mixed: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.positive + self.negative + self.mixed

    def to_dict(self) -> dict[str, int]:
        """Return the contract's form."""
        return {
            "positive": self.positive,
            "negative": self.negative,
            "mixed": self.mixed,
            "total": self.total,
        }


@dataclass(frozen=True)
class CitedSource:
    """Where the words were first said: the source's name, and the address of the original there."""

    name: str
    url: str


@dataclass(frozen=True)
class Citation:
    """A quote, letter by letter: `quote` is code points `start` to `end` of the review's published text.

    `text_version`: of which edit of the review that is the text.
    """

    review_id: str
    url: str
    quote: str
    start: int
    end: int
    credit: str = ""
    rating: int | None = None
    date: date | None = None
    language: str = ""
    disclosure: str = ""
    text_version: int = 1
    source: CitedSource | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's form."""
        return {
            "review_id": self.review_id,
            "url": self.url,
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
            "text_version": self.text_version,
            "credit": self.credit,
            "rating": self.rating,
            "date": self.date.isoformat() if self.date else None,
            "language": self.language,
            "disclosure": self.disclosure or None,
            "source": asdict(self.source) if self.source else None,
        }


@dataclass(frozen=True)
class Claim:
    """One statement, the reviews behind it and the words it rests on.

    `shown_until`: when the first right behind its quotes ends, None when none is known to.
    """

    text: str
    support: Support
    citations: tuple[Citation, ...]
    shown_until: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's form."""
        return {
            "text": self.text,
            "support": self.support.to_dict(),
            "citations": [citation.to_dict() for citation in self.citations],
        }


@dataclass(frozen=True)
class Tally:
    """What SQL counted: all published reviews in scope, and those among them that speak of the question.

    `ratings` maps stars (1 to 5) to reviews; reviews without stars are only in `considered`. `first` and `last`
    bound the dates the reviews were written, None where no review says when.
    """

    total: int
    considered: int
    ratings: Mapping[int, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None

    @property
    def positive(self) -> int:
        """Reviews of 4 or 5 stars."""
        return self.ratings.get(4, 0) + self.ratings.get(5, 0)

    @property
    def negative(self) -> int:
        """Reviews of 1 or 2 stars."""
        return self.ratings.get(1, 0) + self.ratings.get(2, 0)

    @property
    def middling(self) -> int:
        """Reviews of 3 stars."""
        return self.ratings.get(3, 0)

    @property
    def rated(self) -> int:
        """Reviews with stars."""
        return self.positive + self.negative + self.middling

    @property
    def unrated(self) -> int:
        """Reviews without stars."""
        return self.considered - self.rated

    @property
    def support(self) -> Support:
        """The stance of every review considered."""
        return Support(
            positive=self.positive,
            negative=self.negative,
            mixed=self.considered - self.positive - self.negative,
        )

    @property
    def average(self) -> Decimal | None:
        """Mean stars of the reviews considered, to two decimals; None without any."""
        if not self.rated:
            return None
        stars = sum(rating * count for rating, count in self.ratings.items())
        return (Decimal(stars) / self.rated).quantize(Decimal("0.01"))


@dataclass(frozen=True)
class Coverage:
    """How much of what customers wrote the answer rests on."""

    tally: Tally

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's form; `distribution` always has five keys."""
        tally = self.tally
        return {
            "considered": tally.considered,
            "total": tally.total,
            "from": tally.first.date().isoformat() if tally.first else None,
            "to": tally.last.date().isoformat() if tally.last else None,
            "average_rating": float(tally.average) if tally.average is not None else None,
            "distribution": {str(stars): tally.ratings.get(stars, 0) for stars in (5, 4, 3, 2, 1)},
        }


@dataclass(frozen=True)
class Trace:
    """How the answer came about: for staff, logs and calibration. No word of the question or of a review."""

    retrieval: Retrieval
    why: str = ""
    best_score: float | None = None
    matching_passages: int = 0
    rejected_claims: tuple[str, ...] = ()
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    stored: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the trace as plain values."""
        return {
            "retrieval": self.retrieval.value,
            "why": self.why or None,
            "best_score": None if self.best_score is None else round(self.best_score, 4),
            "matching_passages": self.matching_passages,
            "rejected_claims": list(self.rejected_claims),
            "milliseconds": {name: round(value, 1) for name, value in self.milliseconds.items()},
            "stored": self.stored,
        }


@dataclass(frozen=True)
class Answer:
    """A whole answer. `ai_generated` is true only when a language model wrote one of its sentences.

    `version`: the publication number of the shop under which every quote of it was last found to pass.
    """

    claims: tuple[Claim, ...]
    coverage: Coverage
    abstained: bool
    reason: str | None
    ai_generated: bool
    model: str
    generated_at: datetime
    language: str
    label: str
    message: str
    trace: Trace
    suggestions: tuple[str, ...] = ()
    version: int = 0

    @property
    def shown_until(self) -> datetime | None:
        """When the first right behind its quotes ends."""
        return min((claim.shown_until for claim in self.claims if claim.shown_until), default=None)

    def to_dict(self) -> dict[str, Any]:
        """Return the value of the contract's `answer`; `reason` is a code, `message` its sentence."""
        return {
            "claims": [claim.to_dict() for claim in self.claims],
            "coverage": self.coverage.to_dict(),
            "abstained": self.abstained,
            "reason": self.reason,
            "message": self.message or None,
            "ai_generated": self.ai_generated,
            "model": self.model,
            "generated_at": self.generated_at.isoformat(),
            "language": self.language,
            "label": self.label,
            "retrieval": self.trace.retrieval.value,
            "suggestions": list(self.suggestions),
            "version": self.version,
        }
