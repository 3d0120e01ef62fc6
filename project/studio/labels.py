"""What codes are called on the pages of staff. Codes stay in the data; only here do they become words."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from project.content.kinds import Kind
from project.content.rules import MaterialConnection, Reason, State, Verification
from project.rights.contracts import (
    Channel,
)
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
    Verification.MANUAL_EVIDENCE: _("The shop vouches for it"),
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

SOURCE_KINDS: Mapping[str, Label] = {
    "mastodon": _("Mastodon hashtag"),
    "file_import": _("Imported file"),
    "api": _("API"),
}

# Reasons staff may give. The one left out is set by the procedure that it names.
STAFF_REASONS = tuple(reason for reason in Reason if reason is not Reason.AUTHOR_WITHDREW)


def label_of(labels: Mapping[str, Label], code: str) -> Label:
    """The word for a code; a code without one is shown as it is rather than hidden."""
    return labels.get(code, code.replace("_", " ").replace(".", ": "))


def badge_of(badges: Mapping[str, Badge], code: str) -> Badge:
    """The badge for a code; a code without one is shown plainly."""
    return badges.get(code, Badge(code.replace("_", " ")))


def language_name(code: str) -> Label:
    """A language's name in the reader's language; unknown tags stay as they are."""
    return LANGUAGES.get(code.split("-")[0], code)
