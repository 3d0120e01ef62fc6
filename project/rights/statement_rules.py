"""Statements of reasons (DSA Art. 17): which ground stands behind which reason, and when nobody is told. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from project.content.rules import Decision, Reason
from project.rights.contracts import Ground, HoldReason, Restriction, Unfounded

APPEAL_DAYS = 183
GUIDELINES = "Review guidelines"


@dataclass(frozen=True)
class Basis:
    """``reference``: the law or the rule, as it is cited in every language."""

    ground: Ground
    reference: str


class Redress(StrEnum):
    """What the author can do about it (Art. 17(3)(f)); all of it, always."""

    REPLY = "reply"
    APPEAL = "appeal"
    OUT_OF_COURT = "out_of_court"
    COURT = "court"


class NotTold(StrEnum):
    """Why nobody was written to. ``own_decision``: the author, or their own account at the source, ended it; Art. 17 is
    about what others do to them. ``commercial_spam``: Art. 17(2) leaves high-volume deceptive advertising out."""

    NO_ADDRESS = "no_address"
    OWN_DECISION = "own_decision"
    COMMERCIAL_SPAM = "commercial_spam"


class Reconsidered(StrEnum):
    """What restricts without one of the reasons of a rejection. ``picture_left_out``: a picture goes, the words stay;
    ``decided_anew``: an approval was taken back, and somebody looks again."""

    PICTURE_LEFT_OUT = "picture_left_out"
    DECIDED_ANEW = "decided_anew"


_LEGAL: Mapping[str, str] = {
    Reason.ILLEGAL: "Regulation (EU) 2022/2065, Art. 3(h)",
    Reason.PERSONAL_DATA: "Regulation (EU) 2016/679, Art. 6",
    Reason.RIGHTS_MISSING: "Directive 2001/29/EC, Art. 2 and 3",
    Reason.FAKE: "Directive 2005/29/EC, Annex I, No 23b",
    Reason.MISLEADING: "Directive 2005/29/EC, Art. 6",
    HoldReason.LEGAL: "Regulation (EU) 2022/2065, Art. 9",
    HoldReason.DISPUTE: "Regulation (EU) 2022/2065, Art. 16",
    **dict.fromkeys(Unfounded, "Regulation (EU) 2022/2065, Art. 16(6)"),
}
RESTRICTIONS: Mapping[str, Restriction] = {
    Decision.REJECT: Restriction.NOT_PUBLISHED,
    Decision.TAKE_DOWN: Restriction.REMOVED,
}
OWN_DECISIONS = frozenset({Reason.AUTHOR_WITHDREW, HoldReason.SOURCE_GONE, HoldReason.SOURCE_SETTING})


def basis_of(reason: str) -> Basis:
    """Legal where a law names it, else the shop's own rules, under the reason's code."""
    if reason in _LEGAL:
        return Basis(Ground.LEGAL, _LEGAL[reason])
    return Basis(Ground.CONTRACT, f"{GUIDELINES}: {reason}")


def not_told_because(*, reason: str, address: str) -> NotTold | None:
    """None: the author is written to."""
    if reason in OWN_DECISIONS:
        return NotTold.OWN_DECISION
    if reason == Reason.SPAM:
        return NotTold.COMMERCIAL_SPAM
    return None if address else NotTold.NO_ADDRESS


def may_object(
    restriction: Restriction,
    *,
    starts_at: datetime,
    ends_at: datetime | None,
    objected_at: datetime | None,
    at: datetime,
) -> bool:
    """The author may object once, within six months, to what still restricts them."""
    if restriction == Restriction.RESTORED or objected_at is not None or ends_at is not None:
        return False
    return at < object_until(starts_at)


def object_until(starts_at: datetime) -> datetime:
    return starts_at + timedelta(days=APPEAL_DAYS)
