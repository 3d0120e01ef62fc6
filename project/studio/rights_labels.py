"""What the codes of rights are called on the pages of staff: requests, licences, holds, notices, privacy."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from project.rights.contracts import (
    NoticeCategory,
    NoticeState,
    PeopleDepicted,
    PrivacyConfirmation,
    PrivacyKind,
    PrivacyRefusal,
    PrivacyState,
    Restriction,
    ThirdPartyWorks,
    Unfounded,
)
from project.rights.rules import Refusal
from project.studio.labels import Badge, Label, badge_of

BASES: Mapping[str, Label] = {
    "request": _("The author said yes"),
    "submission": _("Granted when it was handed in"),
    "owned": _("The shop owns it"),
    "self_attested": _("The shop declares that it has the right"),
    "open_licence": _("An open licence"),
}

REQUEST_STATES: Mapping[str, Badge] = {
    "draft": Badge(_("Not sent yet"), "wait"),
    "sent": Badge(_("Waiting for an answer"), "wait"),
    "replied_unclear": Badge(_("Answered, to be read"), "wait"),
    "granted": Badge(_("Granted"), "good"),
    "declined": Badge(_("Declined"), "stop"),
    "cancelled": Badge(_("Cancelled")),
    "no_reply": Badge(_("No reply")),
}

# A yes that no longer holds is not shown as one.
ENDED_REQUESTS: Mapping[str, Badge] = {
    "author": Badge(_("Granted, then withdrawn"), "stop"),
    "expired": Badge(_("Granted, run out since")),
    "superseded": Badge(_("Granted, replaced since")),
}

LICENCE_STATES: Mapping[str, Badge] = {
    "preparing": Badge(_("In preparation"), "wait"),
    "active": Badge(_("In force"), "good"),
    "expired": Badge(_("Run out"), "stop"),
    "withdrawn": Badge(_("Withdrawn"), "stop"),
    "superseded": Badge(_("Replaced by a newer one")),
}

END_REASONS: Mapping[str, Label] = {
    "author": _("withdrawn by the author"),
    "staff": _("ended by staff"),
    "source": _("deleted at its source"),
    "expired": _("ran out"),
    "erasure": _("the author asked to be erased"),
    "superseded": _("replaced by another licence"),
}

WITHDRAWAL_ROUTES: Mapping[str, Label] = {
    "page": _("by the author, on their page"),
    "mail": _("by the author, by mail"),
    "reply": _("by the author, in a reply"),
    "staff": _("by staff"),
    "api": _("over the API"),
    "source": _("deleted at its source"),
    "clock": _("it ran out"),
    "notice": _("after a notice"),
    "erasure": _("the author asked to be erased"),
}

HOLD_REASONS: Mapping[str, Label] = {
    "dispute": _("Disputed"),
    "source_gone": _("Gone at its source"),
    "legal": _("Legal hold"),
    "source_setting": _("The source hides it"),
}

HOLD_HELP: Mapping[str, Label] = {
    "dispute": _("Somebody says that it is wrong, or that it is theirs"),
    "legal": _("A court, an authority or your lawyer asked for it"),
    "source_gone": _("The original is no longer there"),
}

NOTICE_STATES: Mapping[str, Badge] = {
    NoticeState.RECEIVED: Badge(pgettext_lazy("notice", "New"), "wait"),
    NoticeState.ACKNOWLEDGED: Badge(pgettext_lazy("notice", "New, receipt sent"), "wait"),
    NoticeState.IN_REVIEW: Badge(pgettext_lazy("notice", "In review"), "wait"),
    NoticeState.UPHELD: Badge(pgettext_lazy("notice", "Upheld"), "stop"),
    NoticeState.PARTLY: Badge(pgettext_lazy("notice", "Upheld in part"), "stop"),
    NoticeState.REJECTED: Badge(pgettext_lazy("notice", "Rejected"), "good"),
    NoticeState.APPEALED: Badge(pgettext_lazy("notice", "Appealed"), "wait"),
    NoticeState.CLOSED: Badge(pgettext_lazy("notice", "Closed")),
}

NOTICE_CATEGORIES: Mapping[str, Label] = {
    NoticeCategory.NOT_MINE_TO_SHOW: pgettext_lazy("notice", "Shown without the author’s permission"),
    NoticeCategory.WITHDRAWN_BY_AUTHOR: pgettext_lazy("notice", "The author took permission back"),
    NoticeCategory.PERSON_DEPICTED: pgettext_lazy("notice", "Somebody is in the picture"),
    NoticeCategory.CHILD_DEPICTED: pgettext_lazy("notice", "A child is in it"),
    NoticeCategory.COPYRIGHT: pgettext_lazy("notice", "Copyright or brand"),
    NoticeCategory.PERSONAL_DATA: pgettext_lazy("notice", "Personal data"),
    NoticeCategory.ILLEGAL: pgettext_lazy("notice", "Illegal"),
    NoticeCategory.MISLEADING: pgettext_lazy("notice", "False or misleading"),
    NoticeCategory.OTHER: pgettext_lazy("notice", "Something else"),
}

UNFOUNDED: Mapping[str, Label] = {
    Unfounded.UNSUBSTANTIATED: _("The claim could not be confirmed"),
    Unfounded.LICENSED: _("The author’s permission is on record"),
    Unfounded.LAWFUL: _("What it says is lawful"),
    Unfounded.NOT_ABOUT_THIS: _("The notice is not about this item"),
}

RESTRICTIONS: Mapping[str, Badge] = {
    Restriction.NOT_PUBLISHED: Badge(pgettext_lazy("restriction", "Not published"), "stop"),
    Restriction.REMOVED: Badge(pgettext_lazy("restriction", "Removed"), "stop"),
    Restriction.DISABLED: Badge(pgettext_lazy("restriction", "Hidden for now"), "wait"),
    Restriction.RESTORED: Badge(pgettext_lazy("restriction", "Shown again"), "good"),
}

# Why something does not show, as a sentence; the rule's codes are those of project.rights.rules.
REFUSALS: Mapping[str, Label] = {
    Refusal.NOT_APPROVED: _("It is not approved."),
    Refusal.ON_HOLD: _("It is on hold until somebody lifts that."),
    Refusal.NOT_CREDITED: _("There is no credit line: nobody could be named as its author."),
    Refusal.NO_LONGER_VALID: _("It was valid for a time only, and that is over."),
    Refusal.SOURCE_FORBIDS: _("The terms of its source do not allow it here."),
    Refusal.EDITED: _("The post was edited after the permission; ask again."),
    Refusal.NOT_LICENSED: _("No permission in force covers this place in all of your countries."),
}

DEPICTED: Mapping[str, Label] = {
    PeopleDepicted.NONE: _("Nobody"),
    PeopleDepicted.AUTHOR_ONLY: _("The author alone"),
    PeopleDepicted.OTHERS_CONSENTED: _("Others too, and they agreed"),
    PeopleDepicted.UNKNOWN: _("Not known"),
}

WORKS: Mapping[str, Label] = {
    ThirdPartyWorks.NONE: _("None"),
    ThirdPartyWorks.CLEARED: _("Yes, and their owners agreed"),
    ThirdPartyWorks.UNKNOWN: _("Not known"),
}

PRIVACY_KINDS: Mapping[str, Label] = {
    PrivacyKind.ACCESS: _("A copy of their data"),
    PrivacyKind.ERASURE: _("Erasure"),
    PrivacyKind.RECTIFICATION: _("Correction"),
    PrivacyKind.OBJECTION: _("Objection to its use"),
}

PRIVACY_STATES: Mapping[str, Badge] = {
    PrivacyState.RECEIVED: Badge(_("To be answered"), "wait"),
    PrivacyState.DONE: Badge(_("Done"), "good"),
    PrivacyState.REFUSED: Badge(_("Refused"), "stop"),
}

PRIVACY_CONFIRMATIONS: Mapping[str, Label] = {
    PrivacyConfirmation.CONFIRMED_LINK: _("A link that was sent to their address"),
    PrivacyConfirmation.ACCOUNT: _("A sign from the account that posted"),
    PrivacyConfirmation.MAIL: _("They answered mail to the address on record"),
    PrivacyConfirmation.ORDER: _("They know the facts of their order"),
    PrivacyConfirmation.IN_PERSON: _("They were here in person"),
    PrivacyConfirmation.OPERATOR: _("The operator of this installation vouches for it"),
}

PRIVACY_REFUSALS: Mapping[str, Label] = {
    PrivacyRefusal.NOT_IDENTIFIED: _("It cannot be known that it is them"),
    PrivacyRefusal.NOT_THEIRS: _("It is not their data"),
    PrivacyRefusal.UNFOUNDED: _("Manifestly unfounded"),
    PrivacyRefusal.EXCESSIVE: _("Excessive, for it is repeated"),
    PrivacyRefusal.LEGAL_CLAIM: _("Needed for a legal claim"),
    PrivacyRefusal.LEGAL_DUTY: _("A law demands that it is kept"),
}

ERASURE_STORES: Mapping[str, Label] = {
    "collection": _("Pictures and what sources said"),
    "widgets": _("Selections"),
    "assistant": _("The assistant’s index and answers"),
}


def request_badge(request: Any) -> Badge:
    """Where a request stands, and whether the permission that came of it still does."""
    licence = request.licence
    if request.state == "granted" and licence is not None and licence.ended_at is not None:
        return ENDED_REQUESTS.get(licence.end_reason, Badge(_("Granted, ended since"), "stop"))
    return badge_of(REQUEST_STATES, request.state)
