"""What a public reply says: yes, no, or something that a person has to read. Pure.

A yes is the exact hashtag, as a word of its own after NFKC and casefold, in a reply of the post's own author by the
platform's account id, under that post, written after the request, never by an edit and never in a quote. A like, an
emoji, a tag or a campaign's hashtag is none. Taking back must be easier than giving: ``#no`` counts however it came,
except in a quote.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from project.rights.contracts import PublicReply, ReplyVerdict

BRAND_LENGTH: Final = 60

# What may stand around a hashtag without belonging to it. Not "-" and "_": they go on with the word.
_AROUND: Final = ".,;:!?()[]{}<>*…\"'“”„«»‘’‚‹›¡¿"
_QUOTED: Final = (
    re.compile(r"^[ \t]*>.*$", re.MULTILINE),
    re.compile(r'"[^"\n]*"'),
    re.compile(r"“[^”\n]*”"),
    re.compile(r"„[^“”\n]*[“”]"),
    re.compile(r"«[^»\n]*»"),
    re.compile(r"»[^«\n]*«"),
    re.compile(r"(?<!\w)['‘‚][^'’‘\n]*['’‘](?!\w)"),
    re.compile(r"`[^`\n]*`"),
)


@dataclass(frozen=True)
class Asked:
    """What a reply is held against. ``hashtag`` empty: this author was not asked in public, so no reply is a yes.

    ``granted``: a permission lives that the author may take back. ``seen_unedited``: we have read this very reply
    before, unedited, and it was a yes then.
    """

    account_id: str
    post_id: str
    sent_at: datetime
    hashtag: str
    no_hashtag: str
    granted: bool = False
    seen_unedited: bool = False


def brand_word(name: str, otherwise: str) -> str:
    """A shop's name as a part of a hashtag: letters and digits of its folded form (``Linden & Co.`` → ``lindenco``)."""
    for text in (name, otherwise):
        folded = _folded(text)
        word = "".join(character for character in folded if character.isalnum())[:BRAND_LENGTH]
        if word:
            return word
    return "shop"


def yes_hashtag(brand: str) -> str:
    return f"#yes{brand}"


def no_hashtag(brand: str) -> str:
    return f"#no{brand}"


def judge(reply: PublicReply, asked: Asked) -> ReplyVerdict:
    """What this reply means for this request."""
    if not reply.account_id or reply.account_id != asked.account_id:
        return ReplyVerdict.NOT_THE_AUTHOR
    if reply.deleted:
        return ReplyVerdict.UNCLEAR
    said = words(reply.text)
    on_time = reply.written_at > asked.sent_at and bool(reply.thread_id) and reply.thread_id == asked.post_id
    says_yes = bool(asked.hashtag) and _folded(asked.hashtag) in said
    says_no = bool(said & {"#no", _folded(asked.no_hashtag)})
    if says_no and on_time:
        # Both at once is no answer to a question, but enough to end what was granted.
        return ReplyVerdict.UNCLEAR if says_yes and not asked.granted else ReplyVerdict.WITHDRAWN
    if not on_time or not says_yes or reply.quotes:
        return ReplyVerdict.UNCLEAR
    if reply.edited_at is not None and not asked.seen_unedited:
        return ReplyVerdict.UNCLEAR
    return ReplyVerdict.GRANTED


def words(text: str) -> frozenset[str]:
    """The words of a text outside of what it quotes, folded, without the punctuation around them."""
    plain = unicodedata.normalize("NFKC", text)
    for quoted in _QUOTED:
        plain = quoted.sub(" ", plain)
    return frozenset(word.strip(_AROUND) for word in plain.casefold().split())


def mentions_the_question(text: str, asked: Asked) -> bool:
    """Whether a text carries the hashtag of the request at all, exact or not."""
    return bool(asked.hashtag) and _folded(asked.hashtag) in _folded(text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
