"""What connectors hand to content, and what content tells."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from project.content.kinds import Kind
from project.content.rules import CreditKind, MaterialConnection, Verification


@dataclass(frozen=True, kw_only=True)
class AuthorInput:
    """An author as the source names them; ``external_id`` is the source's own id of the account."""

    external_id: str = ""
    display_name: str = ""
    handle: str = ""
    profile_url: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class MediaInput:
    """A picture at the source; ``alt`` is the author's own description, if they wrote one."""

    remote_url: str
    alt: str = ""


@dataclass(frozen=True, kw_only=True)
class ItemInput:
    """One normalised item. ``text`` is plain text already (law 3); ``raw`` the payload as it came."""

    kind: Kind
    external_id: str
    text: str
    raw: Mapping[str, Any]
    provenance: str
    title: str = ""
    language: str = ""
    rating: int | None = None
    helpful: int = 0
    occurred_at: datetime | None = None
    edited_at: datetime | None = None
    origin_url: str = ""
    product_external_id: str = ""
    author: AuthorInput | None = None
    credit_kind: CreditKind = CreditKind.MISSING
    credit_name: str = ""
    credit_detail: str = ""
    disclosure: MaterialConnection = MaterialConnection.NONE
    verification: Verification = Verification.NONE
    evidence_ref: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    valid_until: datetime | None = None
    media: tuple[MediaInput, ...] = ()


@dataclass(frozen=True)
class Received:
    """What became of an item: ``created``, ``edited`` (its words or what it states are others), ``corrected`` (only
    what is known about it is), ``unchanged`` or ``refused`` (erased before)."""

    external_id: str
    public_id: str
    outcome: str


@dataclass(frozen=True)
class Seen:
    """An item as it stood on somebody's screen: which wording, and how many of its pictures had come in.

    Pictures of one wording only ever come in, so their number says which ones were there.
    """

    version: int
    pictures: int = 0


@dataclass(frozen=True)
class Decided:
    """Which of the items a bulk decision reached (public ids).

    ``missed`` were decided by somebody else before; ``changed`` still wait, but no longer look as they were seen.
    """

    done: tuple[str, ...]
    missed: tuple[str, ...]
    changed: tuple[str, ...] = ()
