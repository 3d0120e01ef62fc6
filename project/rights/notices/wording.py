"""What the codes of notices and statements are called where people outside read them. In the language in force."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from project.content.rules import Reason
from project.rights.contracts import Ground, HoldReason, NoticeCategory, NoticeState, Restriction, Unfounded
from project.rights.statement_rules import NotTold, Reconsidered, Redress

Label = str | Promise

CATEGORIES: Mapping[str, Label] = {
    NoticeCategory.NOT_MINE_TO_SHOW: _("It is mine, and I never agreed that it is shown"),
    NoticeCategory.WITHDRAWN_BY_AUTHOR: _("I took my permission back"),
    NoticeCategory.PERSON_DEPICTED: _("I am in the picture, or somebody I speak for"),
    NoticeCategory.CHILD_DEPICTED: _("A child is in it"),
    NoticeCategory.COPYRIGHT: _("It uses a work or a brand of mine"),
    NoticeCategory.PERSONAL_DATA: _("It gives away personal data"),
    NoticeCategory.ILLEGAL: _("It is against the law"),
    NoticeCategory.MISLEADING: _("It is false or misleading"),
    NoticeCategory.OTHER: _("Something else"),
}

STATES: Mapping[str, Label] = {
    NoticeState.RECEIVED: _("Received"),
    NoticeState.ACKNOWLEDGED: _("Received, and confirmed by e-mail"),
    NoticeState.IN_REVIEW: _("Somebody is looking at it"),
    NoticeState.UPHELD: _("You were right: it is taken down"),
    NoticeState.PARTLY: _("You were right in part"),
    NoticeState.REJECTED: _("It stays"),
    NoticeState.APPEALED: _("You asked for another look"),
    NoticeState.CLOSED: _("Closed"),
}

RESTRICTIONS: Mapping[str, Label] = {
    Restriction.NOT_PUBLISHED: _("It is not published."),
    Restriction.REMOVED: _("It, or a part of it, is no longer shown."),
    Restriction.DISABLED: _("It is hidden until the matter is settled."),
    Restriction.RESTORED: _("It is shown again as before; nothing restricts it any more."),
}

REASONS: Mapping[str, Label] = {
    Reason.CONFIDENTIAL: _("Confidential, or a trade secret"),
    Reason.ABUSIVE: _("Defamatory, harassing or abusive"),
    Reason.OBSCENE: _("Obscene, vulgar or sexual"),
    Reason.PERSONAL_DATA: _("Somebody else’s personal data or likeness"),
    Reason.DISCRIMINATORY: _("Discriminatory"),
    Reason.MISLEADING: _("Clearly false or misleading"),
    Reason.FAKE: _("Reasonably believed to be fake"),
    Reason.UNRELATED: _("Wholly unrelated to what is sold"),
    Reason.ILLEGAL: _("Illegal"),
    Reason.RIGHTS_MISSING: _("No right to show it"),
    Reason.SPAM: _("Spam"),
    Reason.DUPLICATE: _("A duplicate"),
    Reason.AUTHOR_WITHDREW: _("The author withdrew it"),
    HoldReason.DISPUTE: _("Disputed"),
    HoldReason.SOURCE_GONE: _("Gone at its source"),
    HoldReason.LEGAL: _("Legal hold"),
    HoldReason.SOURCE_SETTING: _("The source hides it"),
    Reconsidered.PICTURE_LEFT_OUT: _("A picture does not keep to the shop’s guidelines; the words stay"),
    Reconsidered.DECIDED_ANEW: _("The shop looks again at whether it can be published"),
    Unfounded.UNSUBSTANTIATED: _("The claim could not be confirmed"),
    Unfounded.LICENSED: _("The author’s permission is on record"),
    Unfounded.LAWFUL: _("What it says is lawful"),
    Unfounded.NOT_ABOUT_THIS: _("The notice is not about this item"),
}

GROUNDS: Mapping[str, Label] = {
    Ground.LEGAL: _("Legal ground:"),
    Ground.CONTRACT: _("Ground in the shop’s rules, which are the same for praise and criticism:"),
}

REDRESS: Mapping[str, Label] = {
    Redress.REPLY: _("Answer the e-mail, or write to the shop: a person reads it."),
    Redress.APPEAL: _("Object on this page, once, within six months: somebody looks again."),
    Redress.OUT_OF_COURT: _("Turn to a certified out-of-court dispute settlement body, where one is competent."),
    Redress.COURT: _("Go to court; none of the other ways takes that from you."),
}

NOT_TOLD: Mapping[str, Label] = {
    NotTold.NO_ADDRESS: _("Nobody was written to: no e-mail address of the author is known."),
    NotTold.OWN_DECISION: _("Nobody was written to: it ended by the author’s own doing."),
    NotTold.COMMERCIAL_SPAM: _("Nobody was written to: it is advertising sent in bulk."),
}


def reason_text(code: str) -> str:
    """The sentence for a reason's code; a code without one is shown as it is."""
    return str(REASONS.get(code, code))
