"""The sentences an answer is made of. Every number in them is a fact that SQL counted; nothing is written freely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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
        return _coverage(facts) if say is Say.COVERAGE else _dissent(facts)


def support_of(say: Say, facts: Facts) -> Support:
    """Return the reviews behind a statement."""
    support = facts.tally.support
    if say is Say.COVERAGE:
        return support
    return Support(
        positive=support.positive if facts.dissent is Stance.POSITIVE else 0,
        negative=support.negative if facts.dissent is Stance.NEGATIVE else 0,
        mixed=facts.tally.middling if facts.dissent is Stance.MIXED else 0,
    )


def _coverage(facts: Facts) -> str:
    parts = [_mentions(facts), _ratings(facts.tally), _period(facts.tally)]
    return " ".join(part for part in parts if part)


def _mentions(facts: Facts) -> str:
    tally, words = facts.tally, _listed(facts.words)
    counts = {"count": _n(tally.considered), "total": _n(tally.total), "words": words}
    if facts.by_words == tally.considered:
        sentence = ngettext(
            "%(count)s of %(total)s reviews mentions %(words)s.",
            "%(count)s of %(total)s reviews mention %(words)s.",
            tally.considered,
        )
        sentence %= counts
        if facts.together and facts.together < tally.considered:
            more = ngettext("%(count)s mentions all of it.", "%(count)s mention all of it.", facts.together)
            if len(facts.words) == 2:
                more = ngettext("%(count)s mentions both.", "%(count)s mention both.", facts.together)
            sentence += " " + more % {"count": _n(facts.together)}
        return sentence
    sentence = ngettext(
        "%(count)s of %(total)s reviews touches on this.",
        "%(count)s of %(total)s reviews touch on this.",
        tally.considered,
    )
    sentence %= counts
    if facts.by_words:
        more = ngettext("%(count)s mentions %(words)s.", "%(count)s mention %(words)s.", facts.by_words)
        sentence += " " + more % {"count": _n(facts.by_words), "words": words}
    return sentence


def _ratings(tally: Tally) -> str:
    """Say how many stars the reviews considered gave; the stars are the reviews', not a judgement on the topic."""
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
    return _("Of these, %(parts)s.") % {"parts": _joined([text % {"count": _n(n)} for n, text in present])}


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
    count = support_of(Say.DISSENT, facts).total
    values = {"count": _n(count), "total": _n(facts.tally.considered)}
    if facts.dissent is Stance.NEGATIVE:
        text = ngettext(
            "Not everyone agrees: %(count)s of these %(total)s gave 1 or 2 stars.",
            "Not everyone agrees: %(count)s of these %(total)s gave 1 or 2 stars.",
            count,
        )
    elif facts.dissent is Stance.POSITIVE:
        text = ngettext(
            "Not everyone agrees: %(count)s of these %(total)s gave 4 or 5 stars.",
            "Not everyone agrees: %(count)s of these %(total)s gave 4 or 5 stars.",
            count,
        )
    else:
        text = ngettext(
            "Some are less decided: %(count)s of these %(total)s gave 3 stars.",
            "Some are less decided: %(count)s of these %(total)s gave 3 stars.",
            count,
        )
    return text % values


def abstention(reason: Abstention, *, language: str) -> str:
    """Return what is said when there is nothing to say."""
    with translation.override(language):
        if reason is Abstention.NO_QUESTION:
            return _("Please ask about something customers may have written about, such as size or quality.")
        if reason is Abstention.NO_REVIEWS:
            return _("There are no customer reviews here yet.")
        if reason is Abstention.EVIDENCE_GONE:
            return _("The reviews behind this answer have just changed. Please ask again.")
        return _("No customer has written about this yet.")


def label(*, ai_generated: bool, language: str) -> str:
    """Return how an answer is labelled."""
    with translation.override(language):
        return _("Written by AI from customer reviews") if ai_generated else _("From customers' own words")


def _listed(words: Sequence[str]) -> str:
    return _joined([pgettext("a word in quotation marks", "“%s”") % word for word in words], or_=True)


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
