"""What the linter found, as sentences that say what to change. In the language in force."""

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from project.rights.contracts import Problem
from project.rights.wordings.lint import Fault, Finding

_SENTENCES: Mapping[Fault, str | Promise] = {
    Fault.EMPTY: _("Write the text of the message."),
    Fault.LANGUAGE: _("Choose one of the languages that authors are asked in: English, Danish, Dutch or German."),
    Fault.UNKNOWN_PLACEHOLDER: _("There is no such placeholder: %(words)s. Take one from the list beside the text."),
    Fault.PRESSURE: _("Take out what presses the author: %(words)s. A permission counts only when it is given freely."),
    Fault.SENTIMENT_FOR_REWARD: _(
        "A reward must not hang on liking something: take out either the praise or the reward (%(words)s)."
    ),
    Fault.STARS: _("Do not ask for stars: take out %(words)s."),
    Fault.NO_BRAND: _("Say who asks: put {brand} into the text."),
    Fault.NO_TERMS: _("Link the terms: put {terms_url} into the text."),
    Fault.NO_PRIVACY: _(
        "Link the privacy notice: put {privacy_url} into the text. The law asks for it at first contact."
    ),
    Fault.NO_WITHDRAWAL: _("Say that a yes can be withdrawn at any time."),
    Fault.NO_LINK: _("Give the author their page: put {link} into the text."),
    Fault.NO_HASHTAG: _("Say how to answer: put {hashtag} into the text."),
    Fault.LINK_IN_PUBLIC: _(
        "Everybody can read this, so the author’s private page must not stand in it: take out %(words)s. "
        "It travels by e-mail or direct message only."
    ),
    Fault.NO_SUBJECT: _("Write the subject of the e-mail."),
    Fault.SUBJECT_TOO_LONG: _("Shorten the subject to 160 characters."),
    Fault.TOO_LONG: _("Shorten the text: it has %(has)s characters, and %(may)s fit."),
}


def problems_of(findings: Iterable[Finding]) -> tuple[Problem, ...]:
    """The findings for a person."""
    return tuple(Problem(code=finding.fault.value, sentence=_sentence(finding)) for finding in findings)


def _sentence(finding: Finding) -> str:
    words = [gettext("“%(word)s”") % {"word": word} for word in finding.words]
    values = {"words": ", ".join(words)}
    if finding.fault is Fault.TOO_LONG:
        values |= {"has": finding.words[0], "may": finding.words[1]}
    return str(_SENTENCES[finding.fault]) % values
