"""The codes of permission: what a request, a licence, a hold, a notice may be, and the ways between."""

from collections.abc import Mapping
from enum import StrEnum


class Channel(StrEnum):
    """Where content may be shown; a licence names its channels, and an unnamed one is no right."""

    SITE = "site"
    PRODUCT_PAGE = "product_page"
    EMAIL = "email"
    ORGANIC_SOCIAL = "organic_social"
    PAID_ADS = "paid_ads"
    PRINT = "print"
    IN_STORE = "in_store"
    RETAILER_SYNDICATION = "retailer_syndication"
    AI_ASSISTANT = "ai_assistant"


class Basis(StrEnum):
    """Why the shop may show something. ``submission``: granted when it was handed in."""

    REQUEST = "request"
    SUBMISSION = "submission"
    OWNED = "owned"
    SELF_ATTESTED = "self_attested"
    OPEN_LICENCE = "open_licence"


# What the shop's own people may record. ``request`` is not among them: it is the author's own answer, by their link.
RECORDABLE_BASES = (Basis.OWNED, Basis.SELF_ATTESTED, Basis.OPEN_LICENCE, Basis.SUBMISSION)


class RequestState(StrEnum):
    """``replied_unclear``: an answer came that is neither yes nor no by the rules; a person has to look.
    ``no_reply``: fourteen days of silence; a late answer still counts."""

    DRAFT = "draft"
    SENT = "sent"
    REPLIED_UNCLEAR = "replied_unclear"
    GRANTED = "granted"
    DECLINED = "declined"
    NO_REPLY = "no_reply"
    CANCELLED = "cancelled"


# An item has at most one request in these states; ``no_reply`` may still be answered, but does not bar a new one.
OPEN_REQUEST_STATES = (RequestState.DRAFT, RequestState.SENT, RequestState.REPLIED_UNCLEAR)
ANSWERABLE_STATES = (*OPEN_REQUEST_STATES, RequestState.NO_REPLY)


class LicenceState(StrEnum):
    """``preparing``: an import is still adding items; nothing shows by it yet. ``needed`` and ``expiring`` are
    computed, never stored."""

    PREPARING = "preparing"
    ACTIVE = "active"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"


class PeopleDepicted(StrEnum):
    """Who is in the picture, as the author states it. ``unknown`` keeps it from paid and product channels."""

    NONE = "none"
    AUTHOR_ONLY = "author_only"
    OTHERS_CONSENTED = "others_consented"
    UNKNOWN = "unknown"


class ThirdPartyWorks(StrEnum):
    """Music or pictures of somebody else in it. ``unknown`` keeps it from paid and product channels."""

    NONE = "none"
    CLEARED = "cleared"
    UNKNOWN = "unknown"


class SendingWay(StrEnum):
    """How an author is asked. Links that can grant travel by the first two alone; the others carry hashtag and
    terms."""

    EMAIL = "email"
    PRIVATE_LINK = "private_link"
    PUBLIC_REPLY = "public_reply"
    ASSISTED = "assisted"


class LinkPurpose(StrEnum):
    """``scope``: a confirmed link to an address that granted and that nobody has proved to be the author's; it changes
    what was granted, and neither hands out nor erases data."""

    AUTHOR = "author"
    CONFIRMED = "confirmed"
    SCOPE = "scope"


class LinkCarrier(StrEnum):
    """How an author's link reached them: in a letter of ours, or handed over by staff."""

    MAIL = "mail"
    HAND = "hand"


class ReplyVerdict(StrEnum):
    GRANTED = "granted"
    WITHDRAWN = "withdrawn"
    UNCLEAR = "unclear"
    NOT_THE_AUTHOR = "not_the_author"


class WithdrawalRoute(StrEnum):
    """The way by which a right ended; all of them converge in ``withdraw_licence``."""

    PAGE = "page"
    MAIL = "mail"
    REPLY = "reply"
    STAFF = "staff"
    API = "api"
    SOURCE = "source"
    CLOCK = "clock"
    NOTICE = "notice"
    ERASURE = "erasure"


class NoticeCategory(StrEnum):
    """What a notice is about (DSA Art. 16(2)(a) asks for reasons; these sort the queue)."""

    NOT_MINE_TO_SHOW = "not_mine_to_show"
    WITHDRAWN_BY_AUTHOR = "withdrawn"
    PERSON_DEPICTED = "person_depicted"
    CHILD_DEPICTED = "child_depicted"
    COPYRIGHT = "copyright"
    PERSONAL_DATA = "personal_data"
    ILLEGAL = "illegal"
    MISLEADING = "misleading"
    OTHER = "other"


class NoticeState(StrEnum):
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    IN_REVIEW = "in_review"
    UPHELD = "upheld"
    PARTLY = "partly"
    REJECTED = "rejected"
    APPEALED = "appealed"
    CLOSED = "closed"


class Restriction(StrEnum):
    """What was done to the content (DSA Art. 17(1))."""

    NOT_PUBLISHED = "not_published"
    REMOVED = "removed"
    DISABLED = "disabled"
    RESTORED = "restored"


class Ground(StrEnum):
    """DSA Art. 17(3)(d) and (e): illegal, or against the shop's terms."""

    LEGAL = "legal"
    CONTRACT = "contract"


class ConsentWay(StrEnum):
    CONSENT_PAGE = "consent_page"
    PUBLIC_REPLY = "public_reply"
    SUBMISSION = "submission"


class PrivacyKind(StrEnum):
    """The rights of GDPR Art. 15 to 21 that a person can use here."""

    ACCESS = "access"
    ERASURE = "erasure"
    RECTIFICATION = "rectification"
    OBJECTION = "objection"


class PrivacyState(StrEnum):
    RECEIVED = "received"
    DONE = "done"
    REFUSED = "refused"


class PrivacyConfirmation(StrEnum):
    """How it is known that the request comes from the person: a link to their address, a sign from their account,
    an answer to mail, an order's facts, in person. ``operator``: whoever ran the command vouches for it."""

    CONFIRMED_LINK = "confirmed_link"
    ACCOUNT = "account"
    MAIL = "mail"
    ORDER = "order"
    IN_PERSON = "in_person"
    OPERATOR = "operator"


class PrivacyRefusal(StrEnum):
    """Why a request of a person is refused (GDPR Art. 11(2), 12(5) and 17(3)); they are told, and where to complain."""

    NOT_IDENTIFIED = "not_identified"
    NOT_THEIRS = "not_theirs"
    UNFOUNDED = "unfounded"
    EXCESSIVE = "excessive"
    LEGAL_CLAIM = "legal_claim"
    LEGAL_DUTY = "legal_duty"


class EndReason(StrEnum):
    AUTHOR = "author"
    STAFF = "staff"
    SOURCE = "source"
    EXPIRED = "expired"
    ERASURE = "erasure"
    SUPERSEDED = "superseded"


# The author's own no, at whatever place they said it; no record of the shop's brings the words back after it.
AUTHORS_NO = (EndReason.AUTHOR, EndReason.SOURCE, EndReason.ERASURE)

ENDED_STATES: Mapping[EndReason, LicenceState] = {
    EndReason.AUTHOR: LicenceState.WITHDRAWN,
    EndReason.STAFF: LicenceState.WITHDRAWN,
    EndReason.SOURCE: LicenceState.WITHDRAWN,
    EndReason.ERASURE: LicenceState.WITHDRAWN,
    EndReason.EXPIRED: LicenceState.EXPIRED,
    EndReason.SUPERSEDED: LicenceState.SUPERSEDED,
}
USUAL_ROUTES: Mapping[EndReason, WithdrawalRoute] = {
    EndReason.AUTHOR: WithdrawalRoute.PAGE,
    EndReason.STAFF: WithdrawalRoute.STAFF,
    EndReason.SOURCE: WithdrawalRoute.SOURCE,
    EndReason.ERASURE: WithdrawalRoute.ERASURE,
    EndReason.EXPIRED: WithdrawalRoute.CLOCK,
    EndReason.SUPERSEDED: WithdrawalRoute.PAGE,
}


class HoldReason(StrEnum):
    DISPUTE = "dispute"
    SOURCE_GONE = "source_gone"
    LEGAL = "legal"
    SOURCE_SETTING = "source_setting"


class HoldEnd(StrEnum):
    """Why a hold was lifted."""

    CLEARED = "cleared"  # somebody looked, and found nothing in the way
    NOTICE_DECIDED = "notice_decided"
    OBJECTION = "objection"
    SOURCE_RETURNED = "source_returned"


# What a person may put content on hold for; the others are a collector's findings.
STAFF_HOLDS = (HoldReason.DISPUTE, HoldReason.LEGAL, HoldReason.SOURCE_GONE)
