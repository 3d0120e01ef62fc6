"""Everything that must follow a withdrawal, in one list: subscribers of the outbox, each retried until it is done.

Nothing depends on them for what may be shown: from the commit no read finds the item (law 2). They carry the news to
copies: open pages, indexes, caches, search engines. A subscriber that hears of withdrawals and does not stand here
fails ``tests/rights/test_followers.py``; so does a name here that nobody answers to.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from project.core.outbox import subscribers


@dataclass(frozen=True)
class Follower:
    """``name``: the subscriber's. ``label``: what is done once it has finished."""

    name: str
    label: str | Promise


FOLLOWERS = (
    Follower("live.announce", _("Open pages were told")),
    Follower("rights.withdrawals", _("The receipt was opened")),
    Follower("rights.ledger_head", _("The ledger’s head was signed")),
    Follower("assistant.forget", _("The assistant’s passages and stored answers were deleted")),
    Follower("widgets.purge_cdn", _("The copies of the content delivery network were purged")),
    Follower("widgets.index_now", _("Search engines were told")),
)


def followers(event: str) -> Iterable[Follower]:
    """Those that follow an event of this name in this installation, in the order of the list."""
    wanted = {each.name for each in subscribers() if each.wants(event)}
    return (follower for follower in FOLLOWERS if follower.name in wanted)
