"""Notices of misuse (DSA Art. 16): their states, and when a claim hides its item at once. Pure.

Star-blind: neither a rating nor a sentiment comes in here. *Misleading* and *other* never hide anything by themselves:
they are what somebody would say who merely dislikes a review.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from project.rights.contracts import NoticeCategory, NoticeState

S = NoticeState

# An appeal is decided by a person as well, and for good. Whoever was right has nothing to appeal against; the author's
# own objection stands at their statement of reasons.
DECIDED = (S.UPHELD, S.PARTLY, S.REJECTED)
OPEN = (S.RECEIVED, S.ACKNOWLEDGED, S.IN_REVIEW, S.APPEALED)
FIRST_LOOK = (S.RECEIVED, S.ACKNOWLEDGED, S.IN_REVIEW)

TRANSITIONS: Mapping[NoticeState, frozenset[NoticeState]] = {
    S.RECEIVED: frozenset({S.ACKNOWLEDGED, S.IN_REVIEW, *DECIDED}),
    S.ACKNOWLEDGED: frozenset({S.IN_REVIEW, *DECIDED}),
    S.IN_REVIEW: frozenset(DECIDED),
    S.UPHELD: frozenset({S.CLOSED}),
    S.PARTLY: frozenset({S.APPEALED, S.CLOSED}),
    S.REJECTED: frozenset({S.APPEALED, S.CLOSED}),
    S.APPEALED: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
}

# Six months, as DSA Art. 20(1) gives to those who complain.
APPEAL_DAYS = 183
# By when the desk means to decide: Art. 16(6) says "timely"; a hidden item and a claimed child wait shorter.
DAYS_TO_DECIDE = 7
DAYS_TO_DECIDE_URGENT = 2

# What a notice must hold to hide at once.
EXPLAINED = 80
EXPLAINED_BY_DEPICTED = 40
EXPLAINED_BY_AUTHOR = 20
# Abuse: after so many rejected notices within half a year, and beyond so many holds in a day, the desk looks first.
REJECTED_BEFORE = 3
REJECTIONS_COUNT_DAYS = 183
HOLDS_A_DAY = 3
# In a whole shop, by whomever: an address costs nothing, so beyond this a wave of notices waits for the desk.
HOLDS_AN_HOUR = 10

# Nobody has to say who they are to report a picture of a child (Art. 16(2)(c)).
ANONYMOUS = frozenset({NoticeCategory.CHILD_DEPICTED})
DEPICTED = frozenset({NoticeCategory.CHILD_DEPICTED, NoticeCategory.PERSON_DEPICTED})
AUTHORS_OWN = frozenset({NoticeCategory.NOT_MINE_TO_SHOW, NoticeCategory.WITHDRAWN_BY_AUTHOR})
SUBSTANTIATED = frozenset({NoticeCategory.COPYRIGHT, NoticeCategory.PERSONAL_DATA, NoticeCategory.ILLEGAL})


class Verdict(StrEnum):
    """``hide``: the item is hidden before anybody has looked; the others say why the desk looks first."""

    HIDE = "hide"
    NOT_IN_GOOD_FAITH = "not_in_good_faith"
    NOT_SUBSTANTIATED = "not_substantiated"
    OFTEN_REJECTED = "often_rejected"
    TOO_MANY_TODAY = "too_many_today"
    TOO_MANY_IN_SHOP = "too_many_in_shop"


@dataclass(frozen=True)
class Claim:
    """What a notice says, and what is known of whoever sent it. ``explained``: the explanation's length.

    ``matches_author``: the address is the one that is on record for the item's author. ``held_in_shop``: how many
    items notices have hidden in the whole shop within the hour.
    """

    category: NoticeCategory
    in_good_faith: bool
    explained: int
    has_contact: bool
    has_picture: bool = False
    by_author: bool = False
    matches_author: bool = False
    rejected_before: int = 0
    held_today: int = 0
    held_in_shop: int = 0


def verdict(claim: Claim) -> Verdict:
    """Whether the item is hidden first. What is plausible is not yet true: the desk decides."""
    if not claim.in_good_faith:
        return Verdict.NOT_IN_GOOD_FAITH
    if not _is_plausible(claim):
        return Verdict.NOT_SUBSTANTIATED
    if claim.rejected_before >= REJECTED_BEFORE:
        return Verdict.OFTEN_REJECTED
    if claim.held_today >= HOLDS_A_DAY:
        return Verdict.TOO_MANY_TODAY
    # A child's picture waits for no wave of other notices to pass.
    if claim.category != NoticeCategory.CHILD_DEPICTED and claim.held_in_shop >= HOLDS_AN_HOUR:
        return Verdict.TOO_MANY_IN_SHOP
    return Verdict.HIDE


def _is_plausible(claim: Claim) -> bool:
    if claim.by_author and claim.matches_author:
        return claim.explained >= EXPLAINED_BY_AUTHOR
    if claim.category in DEPICTED:
        # Nobody is in words. Of a child nothing more is asked; whoever else is in a picture can say who and where.
        is_child = claim.category == NoticeCategory.CHILD_DEPICTED
        return claim.has_picture and (is_child or claim.explained >= EXPLAINED_BY_DEPICTED)
    if claim.category in AUTHORS_OWN | SUBSTANTIATED:
        return claim.has_contact and claim.explained >= EXPLAINED
    return False


def needs_contact(category: NoticeCategory) -> bool:
    """Whether name and e-mail address must be given."""
    return category not in ANONYMOUS


def may_move(before: NoticeState, after: NoticeState) -> bool:
    return after in TRANSITIONS[before]


def may_appeal(state: NoticeState, *, decided_at: datetime | None, appealed_at: datetime | None, at: datetime) -> bool:
    """Whoever sent the notice may ask once for another look, within six months of the decision."""
    if not may_move(state, S.APPEALED) or decided_at is None or appealed_at is not None:
        return False
    return at < appeal_until(decided_at)


def appeal_until(decided_at: datetime) -> datetime:
    return decided_at + timedelta(days=APPEAL_DAYS)


def decide_by(category: NoticeCategory, since: datetime, *, hidden: bool) -> datetime:
    """By when the desk should have decided. An item that is hidden on a mere claim must not stay so for long."""
    urgent = hidden or category in DEPICTED
    return since + timedelta(days=DAYS_TO_DECIDE_URGENT if urgent else DAYS_TO_DECIDE)


def after_decision(before: NoticeState, outcome: NoticeState) -> NoticeState:
    """A first decision is the state that it names; the one on an appeal closes the notice."""
    return S.CLOSED if before == S.APPEALED else outcome
