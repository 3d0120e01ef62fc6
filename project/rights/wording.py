"""What people are told beside published content, wherever it stands: the credit line, what links the author to the
shop, how the purchase is known; and what the channels of a licence are called. In the language in force."""

from collections.abc import Mapping

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from project.content.rules import CreditKind, MaterialConnection, Verification
from project.rights.contracts import Channel, Credit, PeopleDepicted, ThirdPartyWorks

ATTRIBUTION_LENGTH = 300

CHANNEL_LABELS: Mapping[str, str | Promise] = {
    Channel.SITE: _("The shop’s website"),
    Channel.PRODUCT_PAGE: _("Product pages"),
    Channel.EMAIL: _("E-mails to customers"),
    Channel.ORGANIC_SOCIAL: _("The shop’s own social media posts"),
    Channel.PAID_ADS: _("Paid advertising"),
    Channel.PRINT: _("Print"),
    Channel.IN_STORE: _("In the shop"),
    Channel.RETAILER_SYNDICATION: _("Retailers who sell the product"),
    Channel.AI_ASSISTANT: _("The shop’s AI assistant"),
}
CHANNEL_NOTES: Mapping[str, str | Promise] = {
    Channel.SITE: _("On its pages, such as the front page or a wall of reviews"),
    Channel.PRODUCT_PAGE: _("Beside the product that it is about"),
    Channel.EMAIL: _("In newsletters and other e-mails"),
    Channel.ORGANIC_SOCIAL: _("On its own accounts, without paying for reach"),
    Channel.PAID_ADS: _("In ads that the shop pays for, also on other companies’ sites and apps"),
    Channel.PRINT: _("On leaflets, posters or packaging"),
    Channel.IN_STORE: _("On screens and signs"),
    Channel.RETAILER_SYNDICATION: _("On the pages of other shops that sell the product"),
    Channel.AI_ASSISTANT: _("A computer answers shoppers’ questions with your words, letter by letter, and links them"),
}
MODIFICATION_LABELS: Mapping[str, str | Promise] = {
    "crop": _("Cropping the picture"),
    "caption": _("A caption beside it"),
    "translate": _("A translation, marked as one"),
    "overlay": _("Text on the picture"),
}
PEOPLE_LABELS: Mapping[str, str | Promise] = {
    PeopleDepicted.NONE: _("Nobody"),
    PeopleDepicted.AUTHOR_ONLY: _("Only me"),
    PeopleDepicted.OTHERS_CONSENTED: _("Others too, and all of them have agreed"),
    PeopleDepicted.UNKNOWN: _("I don’t know, or not all of them have agreed"),
}
WORKS_LABELS: Mapping[str, str | Promise] = {
    ThirdPartyWorks.NONE: _("No, all of it is mine"),
    ThirdPartyWorks.CLEARED: _("Yes, and I may use it"),
    ThirdPartyWorks.UNKNOWN: _("I don’t know"),
}
DISCLOSURES: Mapping[str, str | Promise] = {
    MaterialConnection.FREE_PRODUCT: _("Received the product free of charge"),
    MaterialConnection.DISCOUNT: _("Received a discount for this review"),
    MaterialConnection.PAYMENT: _("Was paid"),
    MaterialConnection.SWEEPSTAKES: _("Took part in a prize draw for this review"),
    MaterialConnection.LOYALTY: _("Received loyalty points for this review"),
    MaterialConnection.EMPLOYEE: _("Works for the shop"),
    MaterialConnection.OFFICER: _("Helps to run the shop"),
    MaterialConnection.FAMILY: _("Related to somebody at the shop"),
    MaterialConnection.AGENT: _("Acts for the shop"),
    MaterialConnection.AFFILIATE: _("Earns a commission on sales"),
    MaterialConnection.INVESTOR: _("Has invested in the shop"),
    MaterialConnection.UNKNOWN: _("Not known whether there was a reward"),
}
VERIFICATIONS: Mapping[str, str | Promise] = {
    Verification.ORDER_WEBHOOK: _("Verified purchase: matched to an order"),
    Verification.INVITATION_TOKEN: _("Verified purchase: invited after an order"),
    Verification.ORDER_NUMBER_CHECKED: _("Verified purchase: order number checked"),
    Verification.ACCOUNT_LOGIN: _("Signed in at the shop, purchase not checked"),
    Verification.EMAIL_CONFIRMED: _("E-mail confirmed, purchase not checked"),
    Verification.PLATFORM_ASSERTED: _("Verified according to the source"),
    Verification.MANUAL_EVIDENCE: _("The shop vouches for it: its staff saw evidence"),
}
# Only where a purchase is known the badge has its tick; the shop's word is another badge.
TICKED = frozenset(
    {
        Verification.ORDER_WEBHOOK,
        Verification.INVITATION_TOKEN,
        Verification.ORDER_NUMBER_CHECKED,
        Verification.PLATFORM_ASSERTED,
    }
)


def credit_text(credit: Credit) -> str:
    """How the author is named; ``A customer, aged 39`` where no name is known or wanted."""
    name = gettext("A customer") if credit.kind == CreditKind.CUSTOMER else credit.name
    if credit.kind == CreditKind.HANDLE and not name.startswith("@"):
        name = f"@{name}"
    return f"{name}, {detail_text(credit.detail)}" if credit.detail else name


def attribution_of(kind: str, name: str, detail: str, *, locale: str) -> str:
    """What a licence records of the credit that its author chose, in the language of its terms."""
    with translation.override(locale):
        return credit_text(Credit(kind=kind, name=name, detail=detail, url=""))[:ATTRIBUTION_LENGTH]


def detail_text(detail: str) -> str:
    """What is known of the author beside the name; a bare number is an age, and says so."""
    return gettext("aged %(years)s") % {"years": detail} if detail.isdecimal() else detail


def disclosure_text(code: str) -> str | None:
    """What links the author to the shop; None where nothing does."""
    if code == MaterialConnection.NONE:
        return None
    # A connection this version has no words for is still a connection, and is disclosed.
    return str(DISCLOSURES.get(code) or gettext("Connected with the shop"))


def verification_text(code: str) -> str | None:
    """The badge: how it is known that the author bought; None where nothing is known."""
    label = VERIFICATIONS.get(code)
    if label is None:
        return None
    return f"✓ {label}" if code in TICKED else str(label)
