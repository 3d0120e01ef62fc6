"""What stands between a composer and the shopper (law 7). A claim that fails is dropped, never repaired.

Pure: the caller brings the reviews as the gate publishes them at this moment and facts counted anew by SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from assistant.answers.connectives import NEGATIONS, connectives, names_a_quantity
from assistant.answers.contracts import Citation, Claim, Stance, Support
from assistant.answers.messages import Facts, Say, statement, support_of
from assistant.answers.stance import stance_of
from assistant.text.normalise import stem, words
from assistant.text.stopwords import word_set
from project.rights.contracts import PublishedItem

LONGEST_SENTENCE = 320

_MARKUP = re.compile(r"[<>\[\]{}`*_|\\#]|https?:|www\.|://|@|\.\w{2,}/", re.IGNORECASE)
_QUOTED = re.compile(r"[“„»\"]([^“”„«»\"]+)[”“«»\"]")


class Rejection(StrEnum):
    """Why a claim was dropped."""

    NO_CITATION = "no_citation"
    NOT_PUBLISHED = "not_published"
    QUOTE_DIFFERS = "quote_differs"
    DETAILS_DIFFER = "details_differ"
    STATEMENT_DIFFERS = "statement_differs"
    SUPPORT_DIFFERS = "support_differs"
    TOO_LONG = "too_long"
    MARKUP = "markup"
    QUANTITY = "quantity"
    NOT_IN_SOURCES = "not_in_sources"
    NEGATION_DIFFERS = "negation_differs"


@dataclass(frozen=True)
class Check:
    """What claims are held against.

    `published`: the cited reviews by public id, as the gate lets them pass now. `facts`: recounted. `links`: by a
    review's id the only address a citation of it may carry; none for a review that has no page. `question`: whose
    words a sentence may use.
    """

    published: Mapping[str, PublishedItem]
    facts: Facts
    links: Mapping[str, str]
    language: str
    question: str


def rejection(claim: Claim, check: Check, *, say: Say | None) -> Rejection | None:
    """Return why `claim` must not be sent, None when it may.

    `say` names the statement that the claim makes from counts; None for a sentence a model wrote.
    """
    if not claim.citations:
        return Rejection.NO_CITATION
    for citation in claim.citations:
        found = _citation_rejection(citation, check)
        if found is not None:
            return found
    return _statement_rejection(claim, check, say) if say is not None else _sentence_rejection(claim, check)


def _citation_rejection(citation: Citation, check: Check) -> Rejection | None:
    item = check.published.get(citation.review_id)
    if item is None:
        return Rejection.NOT_PUBLISHED
    if not 0 <= citation.start < citation.end <= len(item.text):
        return Rejection.QUOTE_DIFFERS
    if item.text[citation.start : citation.end] != citation.quote:
        return Rejection.QUOTE_DIFFERS
    if (citation.url, citation.rating) != (check.links.get(item.id, ""), item.rating):
        return Rejection.DETAILS_DIFFER
    return None


def _statement_rejection(claim: Claim, check: Check, say: Say) -> Rejection | None:
    if claim.text != statement(say, check.facts, language=check.language):
        return Rejection.STATEMENT_DIFFERS
    if claim.support != support_of(say, check.facts):
        return Rejection.SUPPORT_DIFFERS
    if say is Say.DISSENT and any(stance_of(cited.rating) is not check.facts.dissent for cited in claim.citations):
        # Dissent is told by stars, so those who are quoted for it gave them.
        return Rejection.SUPPORT_DIFFERS
    return None


def _sentence_rejection(claim: Claim, check: Check) -> Rejection | None:
    """A model may choose and connect: every content word must be in what it cites, or in the question."""
    text = claim.text
    if not text or len(text) > LONGEST_SENTENCE:
        return Rejection.TOO_LONG
    if _MARKUP.search(text):
        return Rejection.MARKUP
    if names_a_quantity(text, check.language):
        return Rejection.QUANTITY
    if claim.support != support_of_cited(claim.citations, check.published):
        return Rejection.SUPPORT_DIFFERS
    quotes = [citation.quote for citation in claim.citations]
    if not all(any(said in quote for quote in quotes) for said in _QUOTED.findall(text)):
        return Rejection.QUOTE_DIFFERS
    if _unsupported(text, quotes, check):
        return Rejection.NOT_IN_SOURCES
    if _negates(text) != any(_negates(quote) for quote in quotes):
        return Rejection.NEGATION_DIFFERS
    return None


def support_of_cited(citations: Iterable[Citation], published: Mapping[str, PublishedItem]) -> Support:
    """Return the stances of the reviews cited, each review once; raises KeyError for one not published."""
    ids = {citation.review_id for citation in citations}
    stances = [stance_of(published[review_id].rating) for review_id in ids]
    return Support(
        positive=stances.count(Stance.POSITIVE),
        negative=stances.count(Stance.NEGATIVE),
        mixed=stances.count(Stance.MIXED),
    )


def _unsupported(text: str, quotes: list[str], check: Check) -> set[str]:
    allowed = connectives(check.language)
    known = {
        form
        for source in [*quotes, check.question]
        for word in words(source)
        for form in (word, stem(word, check.language))
    }
    return {
        word
        for word in words(text)
        if word not in NEGATIONS and not (known | allowed) & {word, stem(word, check.language)}
    }


def _negates(text: str) -> bool:
    return any(word in NEGATIONS or word.endswith("nt") and word[:-2] in _AUXILIARIES for word in words(text))


_AUXILIARIES = word_set("is was were are do does did has have had would could should ca wo must")
