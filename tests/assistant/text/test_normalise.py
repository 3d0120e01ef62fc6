"""The search copy: what the index reads and nobody sees."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text.language import detect, primary, question_language
from assistant.text.normalise import normalised, search_copy, stem, words
from assistant.text.stopwords import FUNCTION_WORDS, QUESTION_WORDS, is_stop_word


@given(st.text(max_size=300))
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@given(st.text(max_size=300))
def test_a_search_copy_holds_words_only(text: str) -> None:
    assert all(part.isalnum() or part.isprintable() for part in search_copy(text, "en").split())


def test_what_cannot_be_seen_is_not_searched() -> None:
    assert words("wa\u200brm\ufeff \U000e0041coat\u00ad") == ["warm", "coat"]


def test_widths_and_cases_are_folded() -> None:
    assert words("ＷＡＲＭ Straße") == ["warm", "strasse"]


def test_an_apostrophe_does_not_split_a_word() -> None:
    assert words("doesn't doesn’t 'quoted'") == ["doesnt", "doesnt", "quoted"]


@pytest.mark.parametrize(
    ("language", "word", "other"),
    [
        ("en", "sizing", "sizes"),
        ("da", "batteriet", "batterier"),
        ("nl", "schoenen", "schoen"),
        ("de", "ärmel", "ärmeln"),
    ],
)
def test_other_endings_share_a_stem(language: str, word: str, other: str) -> None:
    assert stem(word, language) == stem(other, language)


def test_a_language_without_a_stemmer_is_searched_as_it_stands() -> None:
    assert search_copy("Très agréable", "fr") == "très agréable"


def test_stems_follow_the_words_that_differ_from_them() -> None:
    assert search_copy("The sleeves fit", "en").split() == ["the", "sleeves", "fit", "sleev"]


def test_stemmers_are_not_shared_between_threads() -> None:
    expected = stem("comfortable", "en")
    found: list[str] = []

    def work() -> None:
        found.extend(stem("comfortable", "en") for _ in range(500))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 2000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Er den varm nok til en dansk vinter?", "da"),
        ("Is deze jas warm genoeg voor de winter?", "nl"),
        ("Ist der Pullover warm genug für den Winter?", "de"),
        ("Is it warm enough for a cold winter?", "en"),
    ],
)
def test_the_language_of_a_question_is_found(text: str, expected: str) -> None:
    assert question_language(text, page="en") == expected
    assert question_language(text, page="da") == expected


def test_a_short_question_is_in_the_language_of_its_page() -> None:
    assert question_language("Warm?", page="da-DK") == "da"
    assert detect("Ja!", fallback="nl") == "nl"


def test_a_question_in_a_language_without_stop_words_is_read_as_the_pages() -> None:
    assert question_language("Est-ce que la veste est chaude en hiver ?", page="de") == "de"


def test_primary_subtags() -> None:
    assert [primary(tag) for tag in ("da-DK", "en_GB", "DE", "")] == ["da", "en", "de", ""]


def test_every_stop_word_is_written_as_it_is_compared() -> None:
    for lists in (FUNCTION_WORDS, QUESTION_WORDS):
        for language, listed in lists.items():
            assert [word for word in listed if words(word) != [word]] == [], language


def test_function_words_carry_no_subject_and_content_words_do() -> None:
    assert is_stop_word("about", "en")
    assert is_stop_word("kunderne", "da")
    assert not is_stop_word("fit", "en")
    assert not is_stop_word("warm", "da")
