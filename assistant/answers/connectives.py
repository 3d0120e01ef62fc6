"""Words a model may connect passages with, words that negate, and words that claim a quantity."""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.text.normalise import stem, words
from assistant.text.stopwords import FUNCTION_WORDS, QUESTION_WORDS, word_set

NEGATIONS = word_set(
    """no not never none nobody nothing neither nor without hardly isnt wasnt arent werent dont doesnt didnt cant
    cannot couldnt wont wouldnt shouldnt hasnt havent hadnt ikke aldrig ingen intet hverken uden niet nooit geen niemand
    niets zonder nicht nie niemals kein keine keinen keinem keiner keines nichts ohne"""
)

_VERBS = {
    "en": "adds calls describes however notes noted others another one points praises reports states warns wish "
    "wishes although meanwhile hand likewise",
    "da": "tilføjer kalder beskriver imidlertid bemærker anden ene fremhæver roser fortæller advarer ønsker dog",
    "nl": "voegt noemt beschrijft echter merkt ander prijst meldt waarschuwt wenst hoewel",
    "de": "ergänzt nennt beschreibt jedoch bemerkt andere lobt berichtet warnt wünscht obwohl allerdings",
}

_QUANTITIES = word_set(
    """all always any both couple dozen dozens each every everybody everyone few half hundred hundreds majority many
    million minority most mostly much nobody none numerous only overwhelming percent several thousand thousands two
    three four five six seven eight nine ten eleven twelve twenty thirty forty fifty often usually generally
    unanimous unanimously
    alle alt altid begge flere flest fleste flertallet få halvdelen hver ingen kun mange mindretal næsten ofte procent
    samtlige to tre fire fem seks syv otte ni ti
    allemaal altijd beide elke enkele geen helft iedereen meerdere meeste meestal meerderheid minderheid niemand
    sommige vaak veel weinig twee drie vier vijf zes zeven acht negen tien
    alles beide einige einzelne fast hälfte immer jede jeder jedes kaum keiner mehrere mehrheit meiste meisten
    minderheit manche niemand oft prozent viele wenige zwei drei vier fünf sechs sieben acht neun zehn"""
)
_DIGIT = re.compile(r"\d|%|½|¼|¾")


@lru_cache(maxsize=16)
def connectives(language: str) -> frozenset[str]:
    """Return the words that say nothing themselves in a language, with their stems."""
    own = word_set(_VERBS.get(language, ""))
    plain = own | FUNCTION_WORDS.get(language, frozenset()) | QUESTION_WORDS.get(language, frozenset())
    return plain | {stem(word, language) for word in own}


def names_a_quantity(text: str, language: str) -> bool:
    """Tell whether a text has a digit or a word that counts: numbers come from SQL, never from a model."""
    found = set(words(text)) & _QUANTITIES
    # A word that counts in one language may be harmless in another ("die", "to"); ask the text's own first.
    harmless = {"to"} if language in ("en", "nl", "de") else set()
    return bool(_DIGIT.search(text) or found - harmless)
