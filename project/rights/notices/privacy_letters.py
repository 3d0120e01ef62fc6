"""The answer to a person's request about their own data (GDPR Art. 12(3) and (4)), in their language."""

from collections.abc import Mapping

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from project.rights.contracts import PrivacyKind, PrivacyRefusal
from project.rights.notices.letters import Letter, spoken

ASKED: Mapping[str, str | Promise] = {
    PrivacyKind.ACCESS: gettext_lazy("a copy of your data"),
    PrivacyKind.ERASURE: gettext_lazy("the erasure of your data"),
    PrivacyKind.RECTIFICATION: gettext_lazy("a correction of your data"),
    PrivacyKind.OBJECTION: gettext_lazy("an end to the use of your data"),
}
DONE: Mapping[str, str | Promise] = {
    PrivacyKind.ACCESS: gettext_lazy("The copy is made. If it has not reached you yet, answer this e-mail."),
    PrivacyKind.RECTIFICATION: gettext_lazy("Your data are corrected as you asked."),
    PrivacyKind.OBJECTION: gettext_lazy("Nothing of what you wrote or posted is shown any more."),
}
REFUSED: Mapping[str, str | Promise] = {
    PrivacyRefusal.NOT_IDENTIFIED: gettext_lazy(
        "We could not make sure that it was you who asked (Art. 11(2) and 12(6) GDPR)."
    ),
    PrivacyRefusal.NOT_THEIRS: gettext_lazy("What was asked about are not your data (Art. 15 to 21 GDPR)."),
    PrivacyRefusal.UNFOUNDED: gettext_lazy("The request is manifestly unfounded (Art. 12(5) GDPR)."),
    PrivacyRefusal.EXCESSIVE: gettext_lazy("The request is excessive, for it is repeated (Art. 12(5) GDPR)."),
    PrivacyRefusal.LEGAL_CLAIM: gettext_lazy("The data are needed for a legal claim (Art. 17(3)(e) GDPR)."),
    PrivacyRefusal.LEGAL_DUTY: gettext_lazy("A law obliges us to keep the data (Art. 17(3)(b) GDPR)."),
}


def done(kind: str, *, shop: str, language: str, number: str) -> Letter:
    """What was asked for has been done."""
    language = spoken(language)
    with translation.override(language):
        text = _("Hello\n\nYou asked %(shop)s for %(asked)s.\n\n%(outcome)s\n\n%(redress)s\n\nNumber: %(number)s") % {
            "shop": shop,
            "asked": ASKED[kind],
            "outcome": DONE[kind],
            "redress": _redress(),
            "number": number,
        }
        return Letter(_("Your request to %(shop)s is done") % {"shop": shop}, text, language)


def refused(kind: str, reason: str, *, shop: str, language: str, number: str) -> Letter:
    """It is refused: why, and where to complain (Art. 12(4))."""
    language = spoken(language)
    with translation.override(language):
        text = _(
            "Hello\n\nYou asked %(shop)s for %(asked)s. We do not do that.\n\n"
            "Why: %(reason)s\n\n%(redress)s\n\nNumber: %(number)s"
        ) % {
            "shop": shop,
            "asked": ASKED[kind],
            "reason": REFUSED[reason],
            "redress": _redress(),
            "number": number,
        }
        return Letter(_("%(shop)s cannot do what you asked for") % {"shop": shop}, text, language)


def _redress() -> str:
    return _(
        "If you think that this is wrong, answer this e-mail: a person reads it. You may also complain to a data "
        "protection authority, for example in the country where you live (Art. 77 GDPR), and go to court (Art. 79)."
    )
