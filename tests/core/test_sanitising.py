"""Law 3 at its source: what becomes of the author's words between the payload and the database."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.core.errors import ErrorCode, InvalidInput
from project.core.sanitising import MAX_TAGS, html_to_text, plain_text, safe_url, storable_json

ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=300)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<>&"), max_size=60)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<p>One<br>two<br/>three</p>", "One\ntwo\nthree"),
        ("<p>One<br><br>two</p>", "One\n\ntwo"),
        ("<p>  One \n two  </p>\n\n<p>three</p>\n", "One two\n\nthree"),
        ("Fish &amp; chips &lt;3 &#128578; &eacute;", "Fish & chips <3 🙂 é"),
        ("I <3 this", "I <3 this"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("a <b>bold</b> <i>word</i>, un<u>broken</u>", "a bold word, unbroken"),
        ("<ul><li>one</li><li>two</li></ul>after", "one\ntwo\nafter"),
        ("<blockquote>said</blockquote>by me", "said\nby me"),
        ("<pre>  two\n    lines</pre>", "  two\n    lines"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<p>one<p>two", "one\n\ntwo"),
        ("a&nbsp;b", "a\xa0b"),
        ("e\u0301t\u00e9", "été"),
        (
            '<span class="invisible">https://</span><span class="ellipsis">example.com/a</span>',
            "https://example.com/a",
        ),
        ('<a href="https://x.example/tags/ull" rel="tag">#<span>ull</span></a> er varm', "#ull er varm"),
        ("", ""),
        ("   ", ""),
        ("<p></p><br>", ""),
        ("<!-- hidden -->seen", "seen"),
        ("👩‍👩‍👧 ok", "👩‍👩‍👧 ok"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
    ],
)
def test_html_becomes_the_text_a_reader_would_see(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil.example></SCRIPT>",
        "<scr<script>ipt>alert(1)</script>",
        "<style>p{color:red}</style>",
        "<svg><script>alert(1)</script></svg>",
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<template><p>alert(1)</p></template>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<iframe srcdoc='<script>alert(1)</script>'>alert(1)</iframe>",
        "<object data='javascript:alert(1)'>alert(1)</object>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'></a>",
        "<title>alert(1)</title>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<![CDATA[<img onerror=alert(1)>]]>",
        "<p onclick=alert(1)></p>",
    ],
)
def test_what_is_not_text_leaves_no_word_and_no_handler(html: str) -> None:
    text = html_to_text(f"<p>before</p>{html}<p>after</p>")
    assert text.startswith("before")
    assert "onerror" not in text or "<img" not in text
    assert "script>" not in text


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * MAX_TAGS + "x",
        "<b><i>" * (MAX_TAGS // 2) + "x",
        "<" * MAX_TAGS,
        "<!--" * MAX_TAGS,
        "&" * 200_000,
        "<a " + "x=" * 100_000,
        "<p>" * MAX_TAGS,
        "</p>" * MAX_TAGS,
        "<table>" * 5_000,
    ],
    ids=lambda html: html[:6],
)
def test_hostile_nesting_costs_little(html: str) -> None:
    begun = time.process_time()
    html_to_text(html)
    assert time.process_time() - begun < 5


def test_what_a_json_column_cannot_hold_is_left_out_and_nothing_else() -> None:
    value = {"a\x00": ["b\ud800c", 1, 2.5, True, None, {"ø": "é"}], "inf": float("inf"), "nan": float("nan")}
    assert storable_json(value) == {"a": ["bc", 1, 2.5, True, None, {"ø": "é"}], "inf": None, "nan": None}


def test_data_that_is_nested_without_end_is_refused() -> None:
    value: list[object] = []
    for _ in range(500):
        value = [value]
    with pytest.raises(InvalidInput) as refusal:
        storable_json(value)
    assert refusal.value.code == ErrorCode.TOO_LARGE


def test_more_markup_than_any_text_has_is_refused() -> None:
    with pytest.raises(InvalidInput) as refusal:
        html_to_text("<i>" * (MAX_TAGS + 1))
    assert refusal.value.code == ErrorCode.TOO_LARGE


@given(ANY_TEXT)
def test_plain_text_is_storable_and_idempotent(text: str) -> None:
    stored = plain_text(text)
    stored.encode("utf-8")
    assert "\x00" not in stored
    assert "\r" not in stored
    assert unicodedata.is_normalized("NFC", stored)
    assert plain_text(stored) == stored


@given(ANY_TEXT)
def test_any_html_whatever_becomes_storable_text(html: str) -> None:
    text = html_to_text(html)
    assert plain_text(text) == text


@given(st.lists(WORDS, max_size=5))
def test_every_word_of_every_paragraph_survives_in_order(paragraphs: list[str]) -> None:
    html = "".join(f"<p>{words}</p>" for words in paragraphs)
    kept = [" ".join(words.split(" ")) for words in paragraphs]
    expected = [" ".join(filter(None, unicodedata.normalize("NFC", words).split(" "))) for words in kept]
    assert html_to_text(html) == "\n\n".join(filter(None, expected))


@given(WORDS)
def test_the_words_of_a_text_without_markup_are_not_altered(words: str) -> None:
    assert html_to_text(words).split() == unicodedata.normalize("NFC", words).split()


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a?b=c#d",
        "http://127.0.0.1:8002/@ana/1",
        "HTTPS://Example.com/",
        "https://bücher.example/",
        "https://[::1]/x",
    ],
)
def test_a_web_address_is_kept_as_it_is(url: str) -> None:
    assert safe_url(f" {url}\n") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//example.com/",
        "/relative",
        "https://",
        "https:///x",
        "https://user:pw@example.com/",
        "https://example.com\\@evil.example/",
        "https://exam ple.com/",
        "https://example.com/\u0085",
        "https://[::1/",
        "https://example.com:99999999/",
        "mailto:a@example.com",
        "https://example.com/" + "x" * 3000,
        "https://example.com/\ud800",
    ],
)
def test_anything_else_is_no_link(url: str) -> None:
    assert safe_url(url) == ""
