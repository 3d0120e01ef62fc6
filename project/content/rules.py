"""Pure rules of content: states, reasons, credit, disclosure, verification. No Django.

Star-blind (law 4): nothing in this module takes a rating or a sentiment.
"""

from enum import StrEnum

PUBLIC_ID_PREFIX = "rev"


class State(StrEnum):
    """``erased``: its author asked to be erased (GDPR Art. 17). Nothing leads out of it; an empty row stays."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    TAKEN_DOWN = "taken_down"
    ERASED = "erased"


class Decision(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    TAKE_DOWN = "take_down"
    RESTORE = "restore"
    REOPEN = "reopen"


# decision → (states it may be taken in, state it leads to)
TRANSITIONS: dict[Decision, tuple[frozenset[State], State]] = {
    Decision.APPROVE: (frozenset({State.PENDING}), State.APPROVED),
    Decision.REJECT: (frozenset({State.PENDING}), State.REJECTED),
    Decision.TAKE_DOWN: (frozenset({State.APPROVED}), State.TAKEN_DOWN),
    Decision.RESTORE: (frozenset({State.TAKEN_DOWN}), State.APPROVED),
    Decision.REOPEN: (frozenset({State.APPROVED, State.REJECTED}), State.PENDING),
}


class Reason(StrEnum):
    """Why content is withheld: the sentiment-neutral criteria of 16 CFR 465.7(b) and five of procedure, no others."""

    CONFIDENTIAL = "confidential"
    ABUSIVE = "abusive"
    OBSCENE = "obscene"
    PERSONAL_DATA = "personal_data"
    DISCRIMINATORY = "discriminatory"
    MISLEADING = "misleading"
    FAKE = "fake"
    UNRELATED = "unrelated"
    ILLEGAL = "illegal"
    RIGHTS_MISSING = "rights_missing"
    SPAM = "spam"
    DUPLICATE = "duplicate"
    AUTHOR_WITHDREW = "author_withdrew"


NEEDS_REASON = frozenset({Decision.REJECT, Decision.TAKE_DOWN})


class CreditKind(StrEnum):
    """How the author is named. ``customer``: no name known or wanted; ``missing``: nobody to credit, never shown."""

    NAME = "name"
    HANDLE = "handle"
    ORGANISATION = "organisation"
    CUSTOMER = "customer"
    MISSING = "missing"


# What prints nothing, for Python and PostgreSQL alike, whose own ideas of white space differ with the locale.
BLANK = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u200b\u200c\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)


def is_credited(kind: str, name: str) -> bool:
    """Whether a credit line can be drawn (law 1: nothing is shown without one)."""
    if kind == CreditKind.CUSTOMER:
        return True
    return kind in {CreditKind.NAME, CreditKind.HANDLE, CreditKind.ORGANISATION} and bool(name.strip(BLANK))


class MaterialConnection(StrEnum):
    """What links the author to the shop; anything but ``none`` is disclosed on every surface (16 CFR 255)."""

    NONE = "none"
    FREE_PRODUCT = "free_product"
    DISCOUNT = "discount"
    PAYMENT = "payment"
    SWEEPSTAKES = "sweepstakes"
    LOYALTY = "loyalty"
    EMPLOYEE = "employee"
    OFFICER = "officer"
    FAMILY = "family"
    AGENT = "agent"
    AFFILIATE = "affiliate"
    INVESTOR = "investor"
    UNKNOWN = "unknown"


class Verification(StrEnum):
    """How it is known that the author bought or used the thing. There is no field to type "verified" into.

    ``manual_evidence``: the shop vouches for it, which is its word and no check.
    """

    ORDER_WEBHOOK = "order_webhook"
    INVITATION_TOKEN = "invitation_token"  # noqa: S105 (a method's code)
    ORDER_NUMBER_CHECKED = "order_number_checked"
    ACCOUNT_LOGIN = "account_login"
    EMAIL_CONFIRMED = "email_confirmed"
    PLATFORM_ASSERTED = "platform_asserted"
    MANUAL_EVIDENCE = "manual_evidence"
    NONE = "none"
