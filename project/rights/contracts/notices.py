"""What somebody says who reports an item, and what the desk answers."""

from dataclasses import dataclass
from enum import StrEnum

from project.rights.contracts.codes import NoticeCategory, NoticeState


@dataclass(frozen=True, kw_only=True)
class NoticeInput:
    """The fields of DSA Art. 16(2). ``urls``: where it stands, exactly; ``by_author``: they say that they wrote it."""

    item_id: str
    category: NoticeCategory
    explanation: str
    urls: tuple[str, ...] = ()
    name: str = ""
    email: str = ""
    by_author: bool = False
    in_good_faith: bool = False
    language: str = "en"


@dataclass(frozen=True)
class FiledNotice:
    """A notice right after it came in. ``token`` opens its private page; ``hidden``: the item was hidden at once."""

    public_id: str
    token: str
    state: NoticeState
    hidden: bool


class Remedy(StrEnum):
    """How an upheld notice is carried out. ``withdraw``: the author wants it gone, so their permission ends."""

    TAKE_DOWN = "take_down"
    WITHDRAW = "withdraw"


class Unfounded(StrEnum):
    """Why a notice is rejected."""

    UNSUBSTANTIATED = "unsubstantiated"
    LICENSED = "licensed"
    LAWFUL = "lawful"
    NOT_ABOUT_THIS = "not_about_this"


@dataclass(frozen=True, kw_only=True)
class NoticeDecision:
    """``reason``: one of content's reasons, or of :class:`Unfounded` for a rejection; ``note`` is told to both sides.

    ``media_ids`` and ``licence_ids`` say what goes when a notice is upheld in part.
    """

    outcome: NoticeState
    reason: str
    note: str
    remedy: Remedy = Remedy.TAKE_DOWN
    media_ids: tuple[str, ...] = ()
    licence_ids: tuple[str, ...] = ()
