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
    """``name``: the subscriber's. ``label``: what it does, as a line of a list of things to do. ``for_author``: whether
    it takes their words from somewhere; the rest is bookkeeping, which only the desk is shown."""

    name: str
    label: str | Promise
    for_author: bool = True


FOLLOWERS = (
    Follower("live.announce", _("Tell open pages")),
    Follower("rights.withdrawals", _("Open the receipt"), for_author=False),
    Follower("rights.statements", _("State the reasons of a hold"), for_author=False),
    Follower("rights.ledger_head", _("Sign the ledger’s head"), for_author=False),
    Follower("assistant.forget", _("Delete the assistant’s passages and stored answers")),
    Follower("widgets.purge_cdn", _("Purge the copies of the content delivery network")),
    Follower("widgets.index_now", _("Tell search engines")),
)


def followers(event: str) -> Iterable[Follower]:
    """Those that follow an event of this name in this installation, in the order of the list."""
    wanted = {each.name for each in subscribers() if each.wants(event)}
    return (follower for follower in FOLLOWERS if follower.name in wanted)
