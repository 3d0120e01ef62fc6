"""What is asked of an author and what they answer."""

from dataclasses import dataclass, field
from datetime import datetime

from project.rights.contracts.codes import Channel, LinkPurpose, PeopleDepicted, ThirdPartyWorks
from project.rights.contracts.published import PublishedMedia


@dataclass(frozen=True)
class LicenceTerms:
    """What is granted. ``ends_at`` None: until withdrawn. ``modifications``: crop, caption, translate, overlay.

    ``people_depicted`` and ``third_party_works`` None: nobody has stated them, which means ``unknown`` where the items
    have pictures and ``none`` where they are words alone.
    """

    channels: tuple[Channel, ...]
    markets: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime | None = None
    modifications: tuple[str, ...] = ()
    terms_url: str = ""
    terms_version: str = ""
    terms_sha256: str = ""
    terms_locale: str = ""
    exclusive: bool = False
    sublicensable: bool = False
    revocable: bool = True
    consideration: str = ""
    attribution_text: str = ""
    moral_rights_note: str = ""
    people_depicted: PeopleDepicted | None = None
    minor_depicted: bool = False
    guardian_consented: bool = False
    third_party_works: ThirdPartyWorks | None = None


@dataclass(frozen=True)
class AuthorChoice:
    """What the author chose on the consent page. None: not stated, or not asked.

    ``age``: at least so many years (:data:`project.rights.ages.STEPS`); it decides, with ``country``, and is not kept.
    ``guardian_confirmed``: a guardian stands by an author who is too young to agree alone;
    ``child_guardian_agrees``: the same for a child in the picture.
    """

    channels: tuple[Channel, ...]
    credit_kind: str
    credit_name: str = ""
    people: PeopleDepicted | None = None
    child_depicted: bool = False
    child_guardian_agrees: bool = False
    third_party_works: ThirdPartyWorks | None = None
    age: int | None = None
    country: str = ""
    guardian_confirmed: bool = False


@dataclass(frozen=True)
class PageSeen:
    """What the author had before them when they answered, and from where they did.

    ``page_sha256``: of all that the page showed; ``address`` and ``browser`` are kept shortened and hashed.
    """

    locale: str
    terms_sha256: str
    page_sha256: str
    address: str = ""
    browser: str = ""


@dataclass(frozen=True)
class NewRequest:
    """A permission request right after its making.

    ``token`` goes into the author's link and is stored nowhere; it is handed out for the private link alone, and empty
    for every other way. ``message`` is the text for staff to pass on (private link, assisted), with the link in it
    where it travels privately.
    """

    public_id: str
    token: str
    state: str = ""
    message: str = ""
    subject: str = ""


@dataclass(frozen=True)
class RequestView:
    """What the author sees under their link.

    ``state``: the request's, or ``withdrawn`` and ``expired`` once the licence has ended. ``awaits_code``: what the
    author has to send from their account before a ``confirmed`` link does anything. ``address_hint``: where a fresh
    link goes, masked; empty where no address is known. ``address_is_theirs``: it is the author's own, so that link
    opens their data as well. ``may_confirm``: a permission was given under this request. ``granted_…``: of the licence
    that holds now. ``has_other_pictures``: on their way or left out, which ``item_media`` has not. ``edited``: what
    is licensed is an earlier wording, so that nothing is shown.
    """

    public_id: str
    state: str
    shop_id: int
    shop_name: str
    item_id: str
    item_text: str
    item_title: str
    item_language: str
    item_media: tuple[PublishedMedia, ...]
    origin_url: str
    author_name: str
    author_handle: str
    channels: tuple[Channel, ...]
    markets: tuple[str, ...]
    days: int | None
    terms_version: str
    expires_at: datetime
    licence_id: str
    licence_ends_at: datetime | None
    granted_channels: tuple[Channel, ...] = field(default=())
    credit_kind: str = ""
    credit_name: str = ""
    purpose: LinkPurpose = LinkPurpose.AUTHOR
    awaits_code: str = ""
    language: str = ""
    shop_slug: str = ""
    shop_website: str = ""
    item_version: int = 1
    media_sha256: tuple[str, ...] = ()
    modifications: tuple[str, ...] = ()
    author_pk: int | None = None
    address_hint: str = ""
    address_is_theirs: bool = False
    may_confirm: bool = False
    granted_at: datetime | None = None
    granted_modifications: tuple[str, ...] = ()
    granted_terms_sha256: str = ""
    people_depicted: str = ""
    minor_depicted: bool = False
    guardian_consented: bool = False
    third_party_works: str = ""
    has_other_pictures: bool = False
    edited: bool = False


@dataclass(frozen=True)
class Erased:
    """What an erasure did. ``request_id``: the privacy request under which it is kept and its progress can be read;
    ``again``: this person had been erased before, and nothing was left to do."""

    request_id: str
    author_id: str
    items: int
    licences: int
    again: bool = False


@dataclass(frozen=True)
class ErasureStep:
    """How far one store above rights has come; ``parked``: failed again and again, Today tells of it."""

    store: str
    done: bool
    parked: bool
    attempts: int
