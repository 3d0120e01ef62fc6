"""Questions that ask for nothing but stars: counted, not searched, for no quote answers them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.utils import timezone

from assistant.answers.asked import Asked
from assistant.answers.contracts import EXTRACTIVE, Abstention, Answer, Claim, Coverage, Retrieval, Trace
from assistant.answers.messages import Facts, Say, abstention, label, statement, support_of
from assistant.retrieval.counting import stars_given
from assistant.retrieval.query import Question
from assistant.text.normalise import words
from assistant.text.stopwords import is_stop_word, word_set
from project.core.publication import publication_number

_STARS = word_set(
    """star stars rate rated rates rating ratings score scores stjerne stjerner stjernerne karakter karakterer
    ster sterren cijfer stern sterne sternen note noten
    average averages mean gennemsnit gennemsnittet gennemsnitlig gennemsnitlige snit gemiddeld gemiddelde
    durchschnitt durchschnittlich durchschnittliche durchschnittlichen"""
)
_AROUND = word_set(
    """1 2 3 4 5 one two three four five count distribution good high highly low number overall total shop store
    given antal bedømmelse bedømmelser bedømt butik butikken fordeling givet gode god høj høje samlet vurderet
    aantal beoordeeld goed hoog totaal verdeling winkel anzahl bewertet gesamt gut hoch insgesamt laden shop
    vergeben verteilung"""
)
_WHY = word_set("why reason reasons hvorfor grund waarom reden warum wieso weshalb")


def asks_for_stars(question: Question) -> bool:
    """Tell whether a question is about stars and no other subject.

    "How many stars on average?" is; "how many stars for the fit?" and "why one star?" are answered by what
    customers wrote.
    """
    found = set(words(question.text))
    if not found & _STARS or found & _WHY:
        return False
    return all(is_stop_word(word, question.language) for word in found - _STARS - _AROUND)


def star_events(asked: Asked) -> Iterator[Coverage | Claim | Answer]:
    """Yield coverage, the one claim and the whole answer, each counted when it is asked for.

    Must run inside the shop's scope.
    """
    facts = _facts(asked)
    if facts.tally.considered:
        yield Coverage(facts.tally)
    facts = _facts(asked)
    if facts.tally.considered:
        yield _claim(facts, asked.language)
    # The number first: what changes after it raises it, and the answer is not kept.
    version = publication_number(asked.scope.shop_id)
    facts = _facts(asked)
    tally, language = facts.tally, asked.language
    reason = None if tally.considered else Abstention.NO_STARS if tally.total else Abstention.NO_REVIEWS
    yield Answer(
        claims=() if reason else (_claim(facts, language),),
        coverage=Coverage(tally),
        abstained=reason is not None,
        reason=reason.value if reason else None,
        ai_generated=False,
        model=EXTRACTIVE,
        generated_at=timezone.now(),
        language=language,
        label=label(ai_generated=False, language=language, counted=True),
        message=abstention(reason, language=language) if reason else "",
        trace=Trace(Retrieval.LEXICAL),
        version=version,
    )


def _claim(facts: Facts, language: str) -> Claim:
    return Claim(statement(Say.STARS, facts, language=language), support_of(Say.STARS, facts), ())


def _facts(asked: Asked) -> Facts:
    scope = replace(asked.scope, audience=replace(asked.scope.audience, at=timezone.now()))
    return Facts(tally=stars_given(scope), words=(), by_words=0, together=0, dissent=None, retrieval=Retrieval.LEXICAL)
