"""Letters about notices and restrictions, each in its reader's language."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from babel.dates import format_date
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from project.core.languages import first_known, public_languages
from project.core.links import item_url
from project.rights.contracts import NoticeCategory, NoticeState, Restriction
from project.rights.notice_rules import decide_by, may_appeal
from project.rights.notices.links import notice_url, statement_url
from project.rights.notices.wording import CATEGORIES, GROUNDS, REDRESS, RESTRICTIONS, reason_text

if TYPE_CHECKING:
    from project.rights.models import Notice, StatementOfReasons


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    language: str


def receipt(notice: "Notice", *, shop: str, token: str) -> Letter:
    """Art. 16(4): that the notice has come in."""
    language = spoken(notice.language)
    with translation.override(language):
        by = decide_by(NoticeCategory(notice.category), notice.received_at, hidden=notice.hold_id is not None)
        hidden = (
            _("It is hidden while we look at it.") if notice.hold_id else _("It stays as it is while we look at it.")
        )
        text = _(
            "Hello\n\n"
            "We have received your notice about something that %(shop)s shows:\n"
            "%(category)s\n"
            "%(where)s\n\n"
            "%(hidden)s A person decides, by %(day)s if nothing is in the way, and we write to you then.\n\n"
            "How it stands, at any time (this link is for you alone):\n"
            "%(link)s\n\n"
            "Number: %(number)s"
        ) % {
            "shop": shop,
            "category": CATEGORIES[notice.category],
            "where": notice.url,
            "hidden": hidden,
            "day": day(by),
            "link": notice_url(token),
            "number": notice.public_id,
        }
        return Letter(_("We have received your notice to %(shop)s") % {"shop": shop}, text, language)


def decision(notice: "Notice", *, shop: str, token: str) -> Letter:
    """Art. 16(5): what was decided, why, and what can be done about it."""
    language = spoken(notice.language)
    with translation.override(language):
        text = _(
            "Hello\n\n"
            "We have decided on your notice to %(shop)s (%(number)s).\n\n"
            "%(outcome)s\n"
            "Reason: %(reason)s\n"
            "%(note)s\n\n"
            "A person decided this; no automated means were used for it.\n\n"
            "%(appeal)s\n"
            "You can also turn to a certified out-of-court dispute settlement body, where one is competent, and to "
            "the courts.\n\n"
            "%(link)s"
        ) % {
            "shop": shop,
            "number": notice.public_id,
            "outcome": outcome_text(notice.outcome),
            "reason": reason_text(notice.reason),
            "note": notice.decision_note,
            "appeal": _appeal_text(notice),
            "link": notice_url(token),
        }
        if notice.hold_id is not None:
            text += "\n\n" + _("When your notice came in, a fixed rule hid it until a person had looked.")
        return Letter(_("Our decision on your notice to %(shop)s") % {"shop": shop}, text, language)


def closed_by_erasure(notice: "Notice", *, shop: str) -> Letter:
    """What was reported is gone for good, and nobody has anything to decide any more."""
    language = spoken(notice.language)
    with translation.override(language):
        text = _(
            "Hello\n\n"
            "You gave %(shop)s notice of something on %(day)s:\n"
            "%(category)s\n\n"
            "Whoever wrote it has had it erased. It is shown nowhere any more, so there is nothing left to decide and "
            "your notice is closed.\n\n"
            "Number: %(number)s"
        ) % {
            "shop": shop,
            "day": day(notice.received_at),
            "category": CATEGORIES[notice.category],
            "number": notice.public_id,
        }
        return Letter(_("Your notice to %(shop)s is closed") % {"shop": shop}, text, language)


def statement(row: "StatementOfReasons", *, shop: str, appeal: bool) -> Letter:
    """Art. 17(3): every field, as a letter to the author."""
    language = spoken(row.language)
    with translation.override(language):
        text = _(
            "Hello\n\n"
            "This is about what you wrote or posted and %(shop)s has: %(where)s\n\n"
            "%(restriction)s\n"
            "Where: %(territory)s. From: %(start)s. Until: %(end)s.\n\n"
            "Why: %(reason)s\n"
            "%(facts)s\n"
            "%(origin)s %(automated)s\n\n"
            "%(ground)s %(reference)s\n\n"
            "%(redress)s\n\n"
            "The whole statement of reasons (this link is for you alone):\n"
            "%(link)s"
        ) % {
            "shop": shop,
            "where": item_url(row.shop_id, row.item.public_id) or row.item.origin_url or row.item.public_id,
            "restriction": RESTRICTIONS[row.restriction],
            "territory": territory_text(row.markets),
            "start": day(row.starts_at),
            "end": day(row.ends_at) if row.ends_at else _("until it is lifted"),
            "reason": reason_text(row.reason),
            "facts": row.facts,
            "origin": origin_text(from_notice=row.from_notice),
            "automated": automated_text(detection=row.automated_detection, decision=row.automated_decision),
            "ground": GROUNDS[row.ground],
            "reference": row.ground_reference,
            "redress": "\n".join(f"- {line}" for line in redress_lines(appeal=appeal)),
            "link": statement_url(row.public_id),
        }
        subject = (
            _("What you wrote is shown again by %(shop)s")
            if row.restriction == Restriction.RESTORED
            else _("Why %(shop)s does not show what you wrote")
        )
        return Letter(subject % {"shop": shop}, text, language)


def objection_answer(row: "StatementOfReasons", *, shop: str) -> Letter:
    """What became of the author's objection."""
    language = spoken(row.language)
    with translation.override(language):
        text = _(
            "Hello\n\n"
            "We have looked again at our decision about what you wrote and %(shop)s had restricted.\n\n"
            "%(outcome)s\n"
            "%(answer)s\n\n"
            "You can still turn to a certified out-of-court dispute settlement body, where one is competent, and to "
            "the courts.\n\n"
            "%(link)s"
        ) % {
            "shop": shop,
            "outcome": _("You were right: the restriction is lifted.") if row.ends_at else _("The decision stands."),
            "answer": row.answer,
            "link": statement_url(row.public_id),
        }
        return Letter(_("Our answer to your objection to %(shop)s") % {"shop": shop}, text, language)


def outcome_text(outcome: str) -> str:
    """The decision in one sentence, for whoever sent the notice."""
    if outcome == NoticeState.UPHELD:
        return _("Your notice is upheld: it is no longer shown.")
    if outcome == NoticeState.PARTLY:
        return _("Your notice is upheld in part: a part of it is no longer shown.")
    return _("Your notice is rejected: nothing is taken down because of it.")


def territory_text(markets: list[str]) -> str:
    return _("everywhere") if "*" in markets else ", ".join(markets)


def origin_text(*, from_notice: bool) -> str:
    if from_notice:
        return _("Somebody outside gave us notice of it.")
    return _("We acted of our own accord; nobody outside gave us notice.")


def automated_text(*, detection: bool, decision: bool) -> str:
    """Art. 17(3)(c)."""
    if detection or decision:
        return _(
            "It was hidden at once by a fixed rule, before a person has looked; a person decides what becomes of it."
        )
    return _("No automated means were used, neither to find it nor to decide.")


def redress_lines(*, appeal: bool) -> list[str]:
    return [str(text) for code, text in REDRESS.items() if appeal or code != "appeal"]


def day(moment: datetime) -> str:
    """``25 November 2027``, day before month in every language."""
    locale = get_language() or settings.LANGUAGE_CODE
    return format_date(timezone.localtime(moment).date(), format="long", locale="en_GB" if locale == "en" else locale)


def spoken(tag: str) -> str:
    """A language that letters are written in."""
    return first_known([tag], public_languages()) or settings.LANGUAGE_CODE


def _appeal_text(notice: "Notice") -> str:
    may = may_appeal(
        NoticeState(notice.state), decided_at=notice.decided_at, appealed_at=notice.appealed_at, at=timezone.now()
    )
    if may:
        return _("If you think that this is wrong, ask for another look within six months, once, by the link below.")
    return _("If you think that this is wrong, write to the shop.")
