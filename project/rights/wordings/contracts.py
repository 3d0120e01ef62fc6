"""A wording: a text with placeholders, for one family of ways and one language."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from project.rights.contracts import SendingWay

# What may stand in braces. ``media`` says whose it is ("your photo"), ``until`` has its preposition ("until 1 May").
PLACEHOLDERS: Final = frozenset(
    {"handle", "brand", "media", "channels", "until", "hashtag", "terms_url", "link", "privacy_url"}
)


class Family(StrEnum):
    """Ways that are worded alike: a letter, a direct message, and what everybody can read."""

    EMAIL = "email"
    DIRECT = "direct"
    PUBLIC = "public"


FAMILIES: Final[Mapping[SendingWay, Family]] = {
    SendingWay.EMAIL: Family.EMAIL,
    SendingWay.PRIVATE_LINK: Family.DIRECT,
    SendingWay.PUBLIC_REPLY: Family.PUBLIC,
    SendingWay.ASSISTED: Family.PUBLIC,
}


@dataclass(frozen=True, kw_only=True)
class Wording:
    """``code`` names it for good: requests remember by it what they were worded with."""

    code: str
    family: Family
    language: str
    text: str
    subject: str = ""
    reminder: bool = False


@dataclass(frozen=True, kw_only=True)
class Phrases:
    """The words that fill placeholders, in one language."""

    media: Mapping[str, str]
    channels: Mapping[str, str]
    nobody: str
    until: str
    until_withdrawn: str


def wordings_of(language: str, texts: Mapping[tuple[str, bool], tuple[tuple[str, str], ...]]) -> tuple[Wording, ...]:
    """``texts``: (family, is a reminder) → its variants as (subject, text)."""
    return tuple(
        Wording(
            code=f"{language}-{family}-{'r' if reminder else ''}{number}",
            family=Family(family),
            language=language,
            subject=subject,
            text=text,
            reminder=reminder,
        )
        for (family, reminder), variants in texts.items()
        for number, (subject, text) in enumerate(variants, start=1)
    )
