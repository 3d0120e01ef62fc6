"""What a wording must not do, and what it may not leave out. Pure.

A request that presses is not freely answered (GDPR Art. 7(4)), and a reward tied to a sentiment is unlawful (16 CFR
465.4). Each list is checked for every language: who writes English into a Danish wording is not let off.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from project.rights.contracts import SendingWay
from project.rights.request_rules import LANGUAGES, PUBLIC_WAYS
from project.rights.wordings.contracts import FAMILIES, PLACEHOLDERS, Family

SUBJECT_LENGTH: Final = 160
TEXT_LENGTH: Final = 8_000


class Fault(StrEnum):
    EMPTY = "empty"
    LANGUAGE = "language"
    UNKNOWN_PLACEHOLDER = "unknown_placeholder"
    PRESSURE = "pressure"
    SENTIMENT_FOR_REWARD = "sentiment_for_reward"
    STARS = "stars"
    NO_BRAND = "no_brand"
    NO_TERMS = "no_terms"
    NO_PRIVACY = "no_privacy"
    NO_WITHDRAWAL = "no_withdrawal"
    NO_LINK = "no_link"
    NO_HASHTAG = "no_hashtag"
    LINK_IN_PUBLIC = "link_in_public"
    NO_SUBJECT = "no_subject"
    SUBJECT_TOO_LONG = "subject_too_long"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class Finding:
    """One fault; ``words``: what in the text it is about."""

    fault: Fault
    words: tuple[str, ...] = ()


# An author's page: whoever holds its token can answer, so it never stands where others can read it.
_PRIVATE_PAGE: Final = re.compile(r"/c/[\w-]{20,}|\{link\}")
_PLACEHOLDER: Final = re.compile(r"\{(\w*)\}")
_URL: Final = re.compile(r"https?://[^\s<>\"]+")
_MENTION: Final = re.compile(r"@(\w[\w.-]*)@[\w.-]+\w")

_NUMBER: Final = r"(?:\d+|one|two|three|en|to|tre|een|twee|drie|einem|zwei|drei)"
_PRESSURE: Final = (
    # English
    r"\byou (?:must|have to|need to|are required to)\b",
    r"\bmust\b",
    r"\blast (?:chance|call|warning)\b",
    r"\bfinal (?:chance|notice|warning|reminder)\b",
    r"\b(?:hurry|urgent(?:ly)?|immediately|asap|act now|now or never|don[’']t miss)\b",
    rf"\bwithin {_NUMBER} (?:hours?|days?|weeks?)\b",
    r"\b(?:deadline|before it is too late|before it[’']s too late|or else|otherwise we)\b",
    r"\b(?:silence|no answer|no reply|not (?:reply|answer)ing) (?:means|counts as|is) (?:yes|consent|agreement)\b",
    # Danish
    r"\bdu (?:skal|er nødt til|bliver nødt til)\b",
    r"\bsidste (?:chance|advarsel|udkald)\b",
    r"\b(?:skynd dig|hurtigst muligt|omgående|straks|nu eller aldrig|haster|ellers bliver vi)\b",
    rf"\b(?:inden for|indenfor|senest om) {_NUMBER} (?:timer?|dage?|uger?)\b",
    r"\b(?:tavshed|intet svar) betyder ja\b",
    # Dutch
    r"\b(?:je|u|jij) (?:moet|moeten)\b",
    r"\bmoet(?:en)?\b",
    r"\blaatste (?:kans|waarschuwing|oproep)\b",
    r"\b(?:haast je|dringend|onmiddellijk|meteen|nu of nooit|zo snel mogelijk|anders zullen)\b",
    rf"\bbinnen {_NUMBER} (?:uur|uren|dag(?:en)?|weken?)\b",
    r"\b(?:stilte|geen antwoord) betekent ja\b",
    # German
    r"\b(?:du musst|sie müssen|muss|musst|müssen)\b",
    r"\bletzte (?:chance|warnung|mahnung|gelegenheit)\b",
    r"\b(?:beeil dich|dringend|umgehend|unverzüglich|sofort|schnellstmöglich|andernfalls)\b",
    r"\b(?:jetzt oder nie|sonst werden)\b",
    rf"\b(?:innerhalb von|innert|binnen) {_NUMBER} (?:stunden?|tage?n?|wochen?)\b",
    r"\b(?:frist|spätestens)\b",
    r"\b(?:schweigen|keine antwort) (?:heißt|bedeutet|gilt als) (?:ja|zustimmung)\b",
)
_SENTIMENT: Final = (
    r"\b(?:love[ds]?|loving|great|amazing|awesome|fantastic|perfect|excellent|best|wonderful|positive|happy)\b",
    r"\bfavou?rites?\b",
    r"\b(?:elsker?|elskede|fantastisk|perfekt|bedste|skøn|dejlig|positiv|glad|fremragende|vidunderlig)\w*\b",
    r"\b(?:geweldig|fantastisch|perfect|beste|prachtig|positief|positieve|blij|heerlijk|uitstekend)\w*\b",
    r"\b(?:lieb(?:e|en|st|t)|toll|großartig|fantastisch|perfekt|beste|wunderbar|positiv|glücklich|ausgezeichnet)\w*\b",
)
_REWARD: Final = (
    r"\b(?:discount|voucher|coupon|gift ?card|gift|reward|prize|giveaway|bonus|cashback)\w*\b",
    r"\bfree (?:product|shipping|gift)s?\b",
    r"\b(?:rabat|gavekort|gave|præmie|belønning|konkurrence|vind)\w*\b",
    r"\b(?:korting|cadeaubon|cadeau|beloning|prijs|winactie|win)\b",
    r"\b(?:rabatt|gutschein|geschenk|prämie|belohnung|gewinnspiel|gewinn|gewinne)\w*\b",
    r"\d+ ?%",
)
_STARS: Final = (
    r"(?:\b(?:5|five|fem|vijf|fünf)[ -]?(?:stars?|stjerne[rt]?\w*|sterren|sterne?\w*)\b)",
    "[★⭐]{3,}",
)
_WITHDRAWAL: Final = (
    r"\b(?:withdraw\w*|take\w* (?:it|(?:a|your|this) (?:yes|permission)) back|taken back|takes it back|revoke\w*|"
    r"change\w* your mind)\b",
    r"\btake a yes back\b",
    r"\b(?:træk\w* (?:\w+ ){0,3}tilbage|tag\w* (?:\w+ ){0,3}tilbage|trækkes tilbage|tages tilbage|fortryd\w*)\b",
    r"\b(?:intrek\w*|trek\w* (?:\w+ ){0,3}in|in te trekken|terugneem\w*|terugnemen)\b",
    r"\b(?:je (?:je )?(?:later )?bedenkt|bedenk je)\b",
    r"\b(?:widerruf\w*|zurücknehmen|nimmt es zurück|zurückziehen|zurückgezogen|anders überlegst)\b",
)


def lint(
    *,
    way: SendingWay,
    language: str,
    subject: str,
    text: str,
    message_limit: int | None = None,
    link_length: int | None = None,
    length: int | None = None,
) -> tuple[Finding, ...]:
    """Everything that is wrong with a wording, in the order a writer would mend it. ``length``: of the finished
    message, where it is known; the wording itself is measured otherwise."""
    family = FAMILIES[way]
    whole = f"{subject}\n{text}"
    plain = unicodedata.normalize("NFKC", whole).casefold()
    found: list[Finding] = []
    if not text.strip():
        return (Finding(Fault.EMPTY),)
    if language not in LANGUAGES:
        found.append(Finding(Fault.LANGUAGE, (language,)))
    unknown = tuple(dict.fromkeys(name for name in _PLACEHOLDER.findall(whole) if name not in PLACEHOLDERS))
    if unknown:
        found.append(Finding(Fault.UNKNOWN_PLACEHOLDER, tuple(f"{{{name}}}" for name in unknown)))
    if pressing := _hits(_PRESSURE, plain):
        found.append(Finding(Fault.PRESSURE, pressing))
    rewards, sentiments = _hits(_REWARD, plain), _hits(_SENTIMENT, plain)
    if rewards and sentiments:
        found.append(Finding(Fault.SENTIMENT_FOR_REWARD, (*sentiments, *rewards)))
    if stars := _hits(_STARS, plain):
        found.append(Finding(Fault.STARS, stars))
    found.extend(_missing(family, subject, text, plain))
    if way in PUBLIC_WAYS and (private := _PRIVATE_PAGE.search(whole)):
        found.append(Finding(Fault.LINK_IN_PUBLIC, (private[0],)))
    measured = length if length is not None else length_of(text, link_length=link_length)
    if measured > min(message_limit or TEXT_LENGTH, TEXT_LENGTH):
        found.append(Finding(Fault.TOO_LONG, (str(measured), str(message_limit or TEXT_LENGTH))))
    return tuple(found)


def length_of(text: str, *, link_length: int | None) -> int:
    """Characters as platforms count them: links at a fixed length, of a mention only the name."""
    if link_length is None:
        return len(text)
    counted = _URL.sub("x" * link_length, text)
    return len(_MENTION.sub(r"@\1", counted))


def is_private(text: str) -> bool:
    """Whether the text holds an author's page, or the place for one."""
    return _PRIVATE_PAGE.search(text) is not None


def _missing(family: Family, subject: str, text: str, plain: str) -> list[Finding]:
    needed = [
        ("{brand}" in text or "{brand}" in subject, Fault.NO_BRAND),
        ("{terms_url}" in text, Fault.NO_TERMS),
        ("{privacy_url}" in text, Fault.NO_PRIVACY),
        (bool(_hits(_WITHDRAWAL, plain)), Fault.NO_WITHDRAWAL),
    ]
    if family is Family.PUBLIC:
        needed.append(("{hashtag}" in text, Fault.NO_HASHTAG))
    else:
        needed.append(("{link}" in text, Fault.NO_LINK))
    if family is Family.EMAIL:
        needed.append((bool(subject.strip()), Fault.NO_SUBJECT))
        needed.append((len(subject) <= SUBJECT_LENGTH, Fault.SUBJECT_TOO_LONG))
    return [Finding(fault) for there, fault in needed if not there]


def _hits(patterns: tuple[str, ...], plain: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match[0] for pattern in patterns for match in re.finditer(pattern, plain)))
