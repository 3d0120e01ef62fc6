"""What the chat element says for itself, in the language in force."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, override

from assistant.answers.provider import model_name

_LABELS: dict[str, Promise] = {
    "open": _("Ask about our reviews"),
    "close": _("Close"),
    "placeholder": _("Ask what customers say…"),
    "send": _("Send"),
    "thinking": _("Reading the reviews…"),
    "unavailable": _("Reviews cannot be shown right now."),
    "changed": _("A review quoted here is no longer shown. The numbers may have changed."),
    "ask_again": _("Ask again"),
    "error": _("That did not work. Please try again in a moment."),
    "abstained": _("No customer has written about this yet."),
    "support": _("4–5 stars: {positive} · 3 or no stars: {mixed} · 1–2 stars: {negative}"),
    "more_quotes": _("{n} more"),
    "coverage": _("From {considered} of {total} reviews"),
    "period": _("{from} to {to}"),
    "rated": _("Rated {rating} out of 5"),
    "stars": _("{n} stars"),
    "report": _("Report"),
}


def labels(*, language: str) -> dict[str, str]:
    """Return every label of the element; words in braces are filled in by it."""
    with override(language):
        return {name: str(text) for name, text in _LABELS.items()}


def notice(reviews: int, *, language: str) -> str:
    """Return what is said before the first question (AI Act, Article 50): what answers, and from what."""
    with override(language):
        count = number_format(reviews, force_grouping=True)
        if model_name():
            text = ngettext(
                "AI assistant. Answers are written by AI from %(count)s published customer review and may be wrong. "
                "See the sources.",
                "AI assistant. Answers are written by AI from %(count)s published customer reviews and may be wrong. "
                "See the sources.",
                reviews,
            )
        else:
            text = ngettext(
                "AI assistant. Answers are put together from the words of %(count)s published customer review and "
                "may miss the point. See the sources.",
                "AI assistant. Answers are put together from the words of %(count)s published customer reviews and "
                "may miss the point. See the sources.",
                reviews,
            )
        return text % {"count": count}
