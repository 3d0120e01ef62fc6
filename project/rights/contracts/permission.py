"""What is asked of an author and what they answer."""

from dataclasses import dataclass, field
from datetime import datetime

from project.rights.contracts.codes import Channel, PeopleDepicted, ThirdPartyWorks
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
    """What the author chose on the consent page."""

    channels: tuple[Channel, ...]
    credit_kind: str
    credit_name: str = ""


@dataclass(frozen=True)
class NewRequest:
    """A permission request right after its making; ``token`` goes into the author's link and is stored nowhere."""

    public_id: str
    token: str


@dataclass(frozen=True)
class RequestView:
    """What the author sees under their link."""

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
