"""What may be done with posts from Mastodon, and whose posts are left alone.

A post is its author's work: it is kept so that staff can ask, and shown only under a licence. Who opted out of
search (``indexable`` false), out of search engines (``noindex``) or posted for fewer than everybody is not
collected at all. Who put a warning before the post, or keeps quoting to themselves, is asked with care: the post
is held until staff have looked.
"""

from typing import Final

from django.utils.translation import gettext_noop

from project.collection.contracts import Admission, CollectedPost, Restriction
from project.content.source_policies import Pace, SourcePolicy

KIND: Final = "mastodon"

POLICY: Final = SourcePolicy(
    kind=KIND,
    may_store=True,
    may_republish=True,
    needs_licence=True,
    in_assistant=True,
    in_json_ld=False,
    keep_days=None,
    attribution=gettext_noop("Name the account in full (@name@server) and link to the post."),
    basis_of_terms="docs.joinmastodon.org, entities Status and Account, as of Mastodon 4.6. "
    "Each server's own rules come on top.",
    ways=("email", "private_link", "public_reply", "assisted"),
    # No server states a number for mentions of strangers; moderators act on what looks sent by a machine.
    pace=Pace(per_hour=10, per_day=40),
    message_limit=500,
    link_length=23,
)

NOT_STORED: Final = frozenset({Restriction.NOT_PUBLIC, Restriction.NOT_INDEXABLE, Restriction.NO_INDEX})
HELD: Final = frozenset({Restriction.SENSITIVE, Restriction.QUOTES_DENIED, Restriction.QUOTES_ASK})


def admit(post: CollectedPost) -> Admission:
    """Whether this post may be kept, and whether it is held."""
    return Admission(
        store=not post.restrictions & NOT_STORED,
        hold=bool(post.restrictions & HELD),
        reasons=tuple(sorted(post.restrictions)),
    )
