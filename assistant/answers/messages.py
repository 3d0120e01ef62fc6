"""The sentences an answer is made of. Every number in them is a fact that SQL counted; nothing is written freely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from assistant.answers.contracts import Abstention, Retrieval, Stance, Support, Tally


class Say(StrEnum):
    """The statements that are made from counts."""

    COVERAGE = "coverage"
    DISSENT = "dissent"
    STARS = "stars"


FEWEST_TOGETHER = 3
"""Reviews that mention all of the question's words from which they are named before those that mention any."""

FEWEST_FOR_AVERAGE = 5
"""Ratings below which an average says more than is known."""


@dataclass(frozen=True)
class Facts:
    """What may be said: counts, the question's key words, and which side is the smaller one.

    `by_words` of the reviews considered contain a key word, the others were found by meaning; `together` contain
    all key words (0 when there is only one).
    """

    tally: Tally
    words: tuple[str, ...]
    by_words: int
    together: int
    dissent: Stance | None
    retrieval: Retrieval


def statement(say: Say, facts: Facts, *, language: str) -> str:
    """Return the words of a statement in `language`."""
    with translation.override(language):
        return {Say.COVERAGE: _coverage, Say.DISSENT: _dissent, Say.STARS: _stars}[say](facts)


def support_of(say: Say, facts: Facts) -> Support:
    """Return the reviews behind a statement."""
    support = facts.tally.support
    if say is not Say.DISSENT:
        return support
    return Support(
        positive=support.positive if facts.dissent is Stance.POSITIVE else 0,
        negative=support.negative if facts.dissent is Stance.NEGATIVE else 0,
        mixed=facts.tally.middling if facts.dissent is Stance.MIXED else 0,
    )


def _coverage(facts: Facts) -> str:
    return _said(_mentions(facts), _ratings(facts), _period(facts.tally))


def _said(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _mentions(facts: Facts) -> str:
    """Say how many speak of the question: those with all its words first, when they are a few and not all."""
    tally = facts.tally
    if _leads_with_all(facts):
        return _said(_mention(facts.together, facts, _listed(facts.words)), _beyond(facts))
    if facts.by_words == tally.considered:
        return _said(_mention(tally.considered, facts, _any_of(facts.words)), _all_of_it(facts))
    sentence = ngettext(
        "%(count)s of %(total)s reviews touches on this.",
        "%(count)s of %(total)s reviews touch on this.",
        tally.considered,
    )
    sentence %= {"count": _n(tally.considered), "total": _n(tally.total)}
    if not facts.by_words:
        return sentence
    more = ngettext("%(count)s mentions %(words)s.", "%(count)s mention %(words)s.", facts.by_words)
    return _said(sentence, more % {"count": _n(facts.by_words), "words": _any_of(facts.words)})


def _leads_with_all(facts: Facts) -> bool:
    return facts.together >= FEWEST_TOGETHER or 0 < facts.together == facts.tally.considered


def _mention(count: int, facts: Facts, words: str) -> str:
    text = ngettext(
        "%(count)s of %(total)s reviews mentions %(words)s.",
        "%(count)s of %(total)s reviews mention %(words)s.",
        count,
    )
    return text % {"count": _n(count), "total": _n(facts.tally.total), "words": words}


def _beyond(facts: Facts) -> str:
    """Say how many are counted in all, after those that mention every word."""
    considered = facts.tally.considered
    if facts.together == considered:
        return ""
    if facts.by_words == considered:
        text = ngettext(
            "%(count)s mentions at least one of these words.",
            "%(count)s mention at least one of these words.",
            considered,
        )
    else:
        text = ngettext("%(count)s touches on this.", "%(count)s touch on this.", considered)
    return text % {"count": _n(considered)}


def _all_of_it(facts: Facts) -> str:
    if not facts.together:
        return ""
    text = ngettext("%(count)s mentions all of it.", "%(count)s mention all of it.", facts.together)
    if len(facts.words) == 2:
        text = ngettext("%(count)s mentions both.", "%(count)s mention both.", facts.together)
    return text % {"count": _n(facts.together)}


def _ratings(facts: Facts) -> str:
    """Say how many stars the reviews considered gave; the stars are the reviews', not a judgement on the topic."""
    tally = facts.tally
    if not tally.rated:
        return _("None of them gave stars.") if tally.considered > 1 else ""
    sides = [
        (tally.positive, _("%(count)s gave 4 or 5 stars")),
        (tally.middling, _("%(count)s gave 3 stars")),
        (tally.negative, _("%(count)s gave 1 or 2 stars")),
        (tally.unrated, _("%(count)s gave no stars")),
    ]
    present = [(count, text) for count, text in sides if count]
    if len(present) == 1:
        return _unanimous(tally)
    parts = _joined([text % {"count": _n(n)} for n, text in present])
    if _leads_with_all(facts) and facts.together < tally.considered:
        # Two numbers went before: of which of them this is must be said.
        return _("Of these %(total)s, %(parts)s.") % {"total": _n(tally.considered), "parts": parts}
    return _("Of these, %(parts)s.") % {"parts": parts}


def _unanimous(tally: Tally) -> str:
    if tally.positive:
        return ngettext("It gave 4 or 5 stars.", "All of them gave 4 or 5 stars.", tally.considered)
    if tally.middling:
        return ngettext("It gave 3 stars.", "All of them gave 3 stars.", tally.considered)
    return ngettext("It gave 1 or 2 stars.", "All of them gave 1 or 2 stars.", tally.considered)


def _period(tally: Tally) -> str:
    if tally.first is None or tally.last is None:
        return ""
    first, last = _month(tally.first), _month(tally.last)
    if first == last:
        return _("Written in %(month)s.") % {"month": first}
    return _("Written between %(first)s and %(last)s.") % {"first": first, "last": last}


def _dissent(facts: Facts) -> str:
    """Name the smaller side. It is told by stars alone, and says so."""
    count = support_of(Say.DISSENT, facts).total
    values = {"count": _n(count), "total": _n(facts.tally.considered)}
    if facts.dissent is Stance.NEGATIVE:
        text = ngettext(
            "Not everyone agrees, going by stars: %(count)s of these %(total)s reviews gave 1 or 2.",
            "Not everyone agrees, going by stars: %(count)s of these %(total)s reviews gave 1 or 2.",
            count,
        )
    elif facts.dissent is Stance.POSITIVE:
        text = ngettext(
            "Some rated higher: %(count)s of these %(total)s reviews gave 4 or 5 stars.",
            "Some rated higher: %(count)s of these %(total)s reviews gave 4 or 5 stars.",
            count,
        )
    else:
        text = ngettext(
            "Some were in between, going by stars: %(count)s of these %(total)s reviews gave 3.",
            "Some were in between, going by stars: %(count)s of these %(total)s reviews gave 3.",
            count,
        )
    return text % values


def _stars(facts: Facts) -> str:
    tally = facts.tally
    values = {"count": _n(tally.rated), "total": _n(tally.total)}
    average = _average(tally)
    if average:
        head = _("%(average)s out of 5 stars on average, in %(count)s of %(total)s reviews.")
    else:
        head = ngettext(
            "%(count)s of %(total)s reviews gave stars: too few for an average.",
            "%(count)s of %(total)s reviews gave stars: too few for an average.",
            tally.rated,
        )
    each = [
        ngettext("%(stars)s star: %(count)s", "%(stars)s stars: %(count)s", stars)
        % {"stars": stars, "count": _n(tally.ratings.get(stars, 0))}
        for stars in (5, 4, 3, 2, 1)
    ]
    return _said(head % {**values, "average": average}, ", ".join(each) + ".", _period(tally))


def _average(tally: Tally) -> str:
    """Return the mean of the stars to one decimal, "" where there are too few."""
    if tally.rated < FEWEST_FOR_AVERAGE:
        return ""
    mean = Decimal(sum(stars * count for stars, count in tally.ratings.items())) / tally.rated
    return str(number_format(mean.quantize(Decimal("0.1")), 1))


def abstention(reason: Abstention, *, language: str) -> str:
    """Return what is said when there is nothing to say."""
    with translation.override(language):
        if reason is Abstention.NO_QUESTION:
            return _("Please ask about something customers may have written about, such as size or quality.")
        if reason is Abstention.NO_REVIEWS:
            return _("There are no customer reviews here yet.")
        if reason is Abstention.NO_STARS:
            return _("None of the reviews here gave stars.")
        if reason is Abstention.EVIDENCE_GONE:
            return _("The reviews behind this answer have just changed. Please ask again.")
        return _("No customer has written about this yet.")


def label(*, ai_generated: bool, language: str, counted: bool = False) -> str:
    """Return how an answer is labelled; `counted`: it quotes nobody."""
    with translation.override(language):
        if ai_generated:
            return _("Written by AI from customer reviews")
        return _("Counted from customers’ stars") if counted else _("From customers’ own words")


def _any_of(words: Sequence[str]) -> str:
    listed = _listed(words, or_=True)
    return _("any of %(words)s") % {"words": listed} if len(words) > 2 else listed


def _listed(words: Sequence[str], *, or_: bool = False) -> str:
    return _joined([pgettext("a word in quotation marks", "“%s”") % word for word in words], or_=or_)


def _joined(parts: Sequence[str], *, or_: bool = False) -> str:
    """Join with commas and a last "and" (or "or")."""
    if len(parts) < 2:
        return "".join(parts)
    first, last = ", ".join(parts[:-1]), parts[-1]
    if or_:
        return _("%(first)s or %(last)s") % {"first": first, "last": last}
    return _("%(first)s and %(last)s") % {"first": first, "last": last}


def _n(count: int) -> str:
    return str(number_format(count, force_grouping=True))


def _month(at: datetime) -> str:
    return str(date_format(at, "YEAR_MONTH_FORMAT"))
