"""What codes are called on the pages of staff. Codes stay in the data; only here do they become words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from project.content.kinds import Kind
from project.content.rules import MaterialConnection, Reason, State, Verification
from project.rights.contracts import (
    Channel,
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
from project.shops.rules import KeyScope, Role

Label = str | Promise


@dataclass(frozen=True)
class Badge:
    """A word and the tone it is drawn in: ``good``, ``wait``, ``stop``, ``note`` or none."""

    label: Label
    tone: str = ""


KINDS: Mapping[str, Label] = {
    Kind.REVIEW: _("Review"),
    Kind.TESTIMONIAL: _("Testimonial"),
    Kind.CASE_STUDY: _("Case study"),
    Kind.UGC_POST: _("Post"),
    Kind.ENDORSEMENT: _("Endorsement"),
    Kind.EXPERT_ENDORSEMENT: _("Expert endorsement"),
    Kind.BADGE: _("Trust badge"),
    Kind.POPULARITY: _("Popularity"),
    Kind.SOCIAL_METRIC: _("Social metric"),
    Kind.CUSTOMER_LOGO: _("Customer logo"),
    Kind.ACTIVITY: _("Activity"),
}

STATES: Mapping[str, Badge] = {
    State.PENDING: Badge(_("To decide"), "wait"),
    State.APPROVED: Badge(_("Approved"), "good"),
    State.REJECTED: Badge(_("Rejected"), "stop"),
    State.TAKEN_DOWN: Badge(_("Taken down"), "stop"),
    State.ERASED: Badge(_("Erased"), "stop"),
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
}

DISCLOSURES: Mapping[str, Label] = {
    MaterialConnection.FREE_PRODUCT: _("Got the product free"),
    MaterialConnection.DISCOUNT: _("Got a discount"),
    MaterialConnection.PAYMENT: _("Was paid"),
    MaterialConnection.SWEEPSTAKES: _("Took part in a prize draw"),
    MaterialConnection.LOYALTY: _("Got loyalty points"),
    MaterialConnection.EMPLOYEE: _("Works for the shop"),
    MaterialConnection.OFFICER: _("Runs the shop"),
    MaterialConnection.FAMILY: _("Family of the shop"),
    MaterialConnection.AGENT: _("Agent of the shop"),
    MaterialConnection.AFFILIATE: _("Affiliate"),
    MaterialConnection.INVESTOR: _("Investor"),
    MaterialConnection.UNKNOWN: _("Connection to the shop unknown"),
}

VERIFICATIONS: Mapping[str, Label] = {
    Verification.ORDER_WEBHOOK: _("Verified purchase: matched to an order"),
    Verification.INVITATION_TOKEN: _("Verified: answered a personal invitation"),
    Verification.ORDER_NUMBER_CHECKED: _("Verified purchase: order number checked"),
    Verification.ACCOUNT_LOGIN: _("Signed in as a customer"),
    Verification.EMAIL_CONFIRMED: _("E-mail confirmed, purchase not checked"),
    Verification.PLATFORM_ASSERTED: _("Called verified by the platform it came from"),
    Verification.MANUAL_EVIDENCE: _("Checked by hand, with evidence"),
}

# Short, for lists; the author's page spells them out (project.rights.wording).
CHANNELS: Mapping[str, Label] = {
    Channel.SITE: _("Website"),
    Channel.PRODUCT_PAGE: _("Product pages"),
    Channel.EMAIL: _("E-mail"),
    Channel.ORGANIC_SOCIAL: _("Own social media"),
    Channel.PAID_ADS: _("Paid advertising"),
    Channel.PRINT: _("Print"),
    Channel.IN_STORE: _("In the shop"),
    Channel.RETAILER_SYNDICATION: _("Retailers"),
    Channel.AI_ASSISTANT: _("AI assistant"),
}

ROLES: Mapping[str, Label] = {
    Role.OWNER: _("Owner"),
    Role.MODERATOR: _("Moderator"),
    Role.RIGHTS_MANAGER: _("Rights manager"),
    Role.VIEWER: _("Viewer"),
}

ROLE_HELP: Mapping[str, Label] = {
    Role.OWNER: _("Everything, members and keys included"),
    Role.MODERATOR: _("Approves, rejects, takes down and puts on hold"),
    Role.RIGHTS_MANAGER: _("Asks for permission, records and ends it, opens and lifts holds, decides on notices"),
    Role.VIEWER: _("Sees everything, changes nothing"),
}

KEY_SCOPES: Mapping[str, Label] = {
    KeyScope.PUBLISHED_READ: _("Read what is published"),
    KeyScope.CONTENT_READ: _("Read all content"),
    KeyScope.CONTENT_WRITE: _("Add content"),
    KeyScope.MODERATION_WRITE: _("Decide on content"),
    KeyScope.RIGHTS_READ: _("Read requests, licences and holds"),
    KeyScope.RIGHTS_WRITE: _("Ask for permission, record and end licences, open and lift holds"),
    KeyScope.WIDGETS_READ: _("Read widgets and selections"),
    KeyScope.WIDGETS_WRITE: _("Change widgets and selections"),
    KeyScope.PRODUCTS_READ: _("Read products"),
    KeyScope.PRODUCTS_WRITE: _("Change products"),
    KeyScope.ORDERS_WRITE: _("Record orders as evidence"),
    KeyScope.SOURCES_READ: _("Read sources"),
    KeyScope.SOURCES_WRITE: _("Change sources"),
}

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

SIGNALS: Mapping[str, Label] = {
    "spam": _("Looks like spam"),
    "pii": _("Looks like personal data"),
    "personal_data": _("Looks like personal data"),
    "profanity": _("Strong language"),
    "duplicate": _("Looks like a duplicate"),
    "injection": _("Looks like instructions to a machine"),
}

LANGUAGES: Mapping[str, Label] = {
    "en": _("English"),
    "da": _("Danish"),
    "de": _("German"),
    "nl": _("Dutch"),
    "sv": _("Swedish"),
    "no": _("Norwegian"),
    "fr": _("French"),
    "es": _("Spanish"),
}

OUTCOMES: Mapping[str, Badge] = {
    "ok": Badge(_("Up to date"), "good"),
    "more": Badge(_("More to come"), "good"),
    "rate_limited": Badge(_("The server asks us to wait"), "wait"),
    "needs_token": Badge(_("The server shows this to its own users only"), "stop"),
    "forbidden": Badge(_("The server refuses"), "stop"),
    "not_found": Badge(_("No such server or hashtag"), "stop"),
    "gone": Badge(_("Gone"), "stop"),
    "server_error": Badge(_("The server has trouble"), "wait"),
    "bad_answer": Badge(_("The server’s answer makes no sense"), "wait"),
    "unreachable": Badge(_("Cannot be reached"), "wait"),
    "refused": Badge(_("Not a public address"), "stop"),
    "misconfigured": Badge(_("Settings incomplete"), "stop"),
    "crashed": Badge(_("Our mistake; see the server’s log"), "stop"),
}

# What a correction may change, as the history lists it.
CORRECTIONS: Mapping[str, Label] = {
    "product": pgettext_lazy("history", "product"),
    "language": pgettext_lazy("history", "language"),
    "helpful": pgettext_lazy("history", "how many found it helpful"),
    "occurred_at": pgettext_lazy("history", "date"),
    "edited_at": pgettext_lazy("history", "date of the edit"),
    "valid_until": pgettext_lazy("history", "end of its validity"),
    "origin_url": pgettext_lazy("history", "address of the original"),
    "disclosure": pgettext_lazy("history", "connection to the shop"),
    "verification": pgettext_lazy("history", "verification"),
    "evidence_ref": pgettext_lazy("history", "evidence"),
    "credit_kind": pgettext_lazy("history", "kind of credit"),
    "credit_name": pgettext_lazy("history", "credited name"),
    "credit_detail": pgettext_lazy("history", "detail of the credit"),
    "author": pgettext_lazy("history", "author"),
}

SOURCE_KINDS: Mapping[str, Label] = {
    "mastodon": _("Mastodon hashtag"),
    "file_import": _("Imported file"),
    "api": _("API"),
}

# What the audit log's actions are called in a history; "%(who)s" is added by the page.
ACTIONS: Mapping[str, Label] = {
    "item.approve": pgettext_lazy("history", "Approved"),
    "item.reject": pgettext_lazy("history", "Rejected"),
    "item.take_down": pgettext_lazy("history", "Taken down"),
    "item.restore": pgettext_lazy("history", "Put back"),
    "item.reopen": pgettext_lazy("history", "Decision undone"),
    "item.tagged": pgettext_lazy("history", "Tagged"),
    "picture.approve": pgettext_lazy("history", "A picture was approved"),
    "picture.refuse": pgettext_lazy("history", "A picture was left out"),
    "item.corrected": pgettext_lazy("history", "Corrected by its source"),
    "item.untagged": pgettext_lazy("history", "A tag was taken off"),
    "shop.created": pgettext_lazy("history", "Shop opened"),
    "shop.changed": pgettext_lazy("history", "Shop settings changed"),
    "member.invited": pgettext_lazy("history", "Somebody was invited"),
    "member.joined": pgettext_lazy("history", "Somebody joined the team"),
    "member.role_changed": pgettext_lazy("history", "A role was changed"),
    "member.removed": pgettext_lazy("history", "Somebody left the team"),
    "member.invitation_cancelled": pgettext_lazy("history", "An invitation was cancelled"),
    "api_key.created": pgettext_lazy("history", "An API key was made"),
    "api_key.rotated": pgettext_lazy("history", "An API key was replaced"),
    "api_key.revoked": pgettext_lazy("history", "An API key was revoked"),
    "origin.added": pgettext_lazy("history", "An origin was allowed"),
    "origin.removed": pgettext_lazy("history", "An origin was removed"),
    "source.created": pgettext_lazy("history", "A source was connected"),
    "source.changed": pgettext_lazy("history", "A source was changed"),
    "source.paused": pgettext_lazy("history", "A source was paused"),
    "source.resumed": pgettext_lazy("history", "A source was resumed"),
    "source.collected": pgettext_lazy("history", "A source was collected from"),
    "order.recorded": pgettext_lazy("history", "An order was recorded"),
    "item.approved": pgettext_lazy("history", "Approved"),
    "item.credited": pgettext_lazy("history", "The author chose a credit line"),
    "import.started": pgettext_lazy("history", "An import began"),
    "import.finished": pgettext_lazy("history", "An import is complete"),
    "licence.granted": pgettext_lazy("history", "Permission granted"),
    "licence.withdrawn": pgettext_lazy("history", "Permission withdrawn"),
    "licence.expired": pgettext_lazy("history", "A licence ran out"),
    "request.sent": pgettext_lazy("history", "Permission asked for"),
    "request.granted": pgettext_lazy("history", "An author said yes"),
    "request.declined": pgettext_lazy("history", "An author said no"),
    "request.cancelled": pgettext_lazy("history", "A permission request was taken back"),
    "request.link_made": pgettext_lazy("history", "Another author’s link was made"),
    "request.prepared": pgettext_lazy("history", "A permission request was prepared"),
    "request.not_sent": pgettext_lazy("history", "A permission request could not be sent"),
    "request.sent_too_late": pgettext_lazy("history", "A comment went out although its request had been taken back"),
    "request.not_delivered": pgettext_lazy("history", "An author’s address does not take mail"),
    "request.reminded": pgettext_lazy("history", "An author was reminded"),
    "request.reminder_not_sent": pgettext_lazy("history", "A reminder could not be sent"),
    "request.no_reply": pgettext_lazy("history", "An author has not answered"),
    "request.replied_unclear": pgettext_lazy("history", "An author answered, to be read"),
    "request.reply_read": pgettext_lazy("history", "A reply was read"),
    "request.reply_edited": pgettext_lazy("history", "An author edited their reply"),
    "request.reply_deleted": pgettext_lazy("history", "An author deleted their reply"),
    "request.withdrawn": pgettext_lazy("history", "An author took their permission back"),
    "request.scope_changed": pgettext_lazy("history", "An author changed what they allow"),
    "request.confirmation_asked": pgettext_lazy("history", "An author asked for a fresh link"),
    "request.confirmed": pgettext_lazy("history", "An author was confirmed by code"),
    "licence.ends_soon": pgettext_lazy("history", "A licence ends within 30 days"),
    "template.saved": pgettext_lazy("history", "A wording was added"),
    "template.retired": pgettext_lazy("history", "A wording was put away"),
    "mail.queued": pgettext_lazy("history", "A message was written"),
    "mail.failed": pgettext_lazy("history", "A message could not be delivered"),
    "mail.sent_again": pgettext_lazy("history", "A message was sent again"),
    "view.saved": pgettext_lazy("history", "A view was saved"),
    "view.deleted": pgettext_lazy("history", "A view was deleted"),
    "hold.opened": pgettext_lazy("history", "Put on hold"),
    "hold.closed": pgettext_lazy("history", "Hold ended"),
    "notice.received": pgettext_lazy("history", "A notice came in"),
    "notice.acknowledged": pgettext_lazy("history", "A notice was acknowledged"),
    "notice.in_review": pgettext_lazy("history", "A notice was taken up"),
    "notice.decided": pgettext_lazy("history", "A notice was decided"),
    "notice.appealed": pgettext_lazy("history", "A notice was appealed"),
    "notice.closed": pgettext_lazy("history", "A notice was closed"),
    "statement.written": pgettext_lazy("history", "Reasons were stated"),
    "statement.objected": pgettext_lazy("history", "The author objected"),
    "statement.answered": pgettext_lazy("history", "An objection was answered"),
    "widget.created": pgettext_lazy("history", "A widget was made"),
    "widget.changed": pgettext_lazy("history", "A widget was changed"),
    "widget.deleted": pgettext_lazy("history", "A widget was deleted"),
    "widget.switched_on": pgettext_lazy("history", "A widget was switched on"),
    "widget.switched_off": pgettext_lazy("history", "A widget was switched off"),
    "selection.created": pgettext_lazy("history", "A selection was made"),
    "selection.changed": pgettext_lazy("history", "A selection was changed"),
    "selection.deleted": pgettext_lazy("history", "A selection was deleted"),
    "selection.items_added": pgettext_lazy("history", "Items were put into a selection"),
    "selection.items_removed": pgettext_lazy("history", "Items were taken out of a selection"),
    "selection.reordered": pgettext_lazy("history", "A selection was put in order"),
    "selection.item_pinned": pgettext_lazy("history", "An item was pinned"),
    "selection.item_unpinned": pgettext_lazy("history", "An item was unpinned"),
    "selection.item_tagged": pgettext_lazy("history", "An item of a selection was tagged"),
    "assistant.created": pgettext_lazy("history", "The assistant was made"),
    "author.erased": pgettext_lazy("history", "A person was erased"),
    "author.exported": pgettext_lazy("history", "A person’s data was exported"),
    "author.rectified": pgettext_lazy("history", "A person’s name or address was corrected"),
    "privacy.received": pgettext_lazy("history", "A privacy request came in"),
    "privacy.confirmed": pgettext_lazy("history", "Who asks was confirmed"),
    "privacy.done": pgettext_lazy("history", "A privacy request was carried out"),
    "privacy.refused": pgettext_lazy("history", "A privacy request was refused"),
    "privacy.tidied": pgettext_lazy("history", "The servers were cleaned up after an erasure"),
}

# Steps of something that the history names already.
MINOR_ACTIONS = frozenset(
    {
        "item.credited",
        "mail.queued",
        "view.deleted",
        "view.saved",
        "notice.acknowledged",
        "privacy.confirmed",
        "privacy.tidied",
        "request.granted",
        "request.link_made",
        "statement.written",
    }
)

# Reasons staff may give. The two left out are set by the procedures that they name.
STAFF_REASONS = tuple(reason for reason in Reason if reason is not Reason.AUTHOR_WITHDREW)


def label_of(labels: Mapping[str, Label], code: str) -> Label:
    """The word for a code; a code without one is shown as it is rather than hidden."""
    return labels.get(code, code.replace("_", " ").replace(".", ": "))


def badge_of(badges: Mapping[str, Badge], code: str) -> Badge:
    """The badge for a code; a code without one is shown plainly."""
    return badges.get(code, Badge(code.replace("_", " ")))


def request_badge(request: Any) -> Badge:
    """Where a request stands, and whether the permission that came of it still does."""
    licence = request.licence
    if request.state == "granted" and licence is not None and licence.ended_at is not None:
        return ENDED_REQUESTS.get(licence.end_reason, Badge(_("Granted, ended since"), "stop"))
    return badge_of(REQUEST_STATES, request.state)


def language_name(code: str) -> Label:
    """A language's name in the reader's language; unknown tags stay as they are."""
    return LANGUAGES.get(code.split("-")[0], code)
