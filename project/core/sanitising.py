"""From what others send to what we store: HTML to plain text, clean Unicode, addresses that may be linked.

The published text is made once from the raw payload and never altered again (law 3), so these functions do
the least that makes a text storable and nothing that changes a word. Plain text is escaped where it is shown.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlsplit

import nh3
from django.utils.translation import gettext as _

from project.core.errors import ErrorCode, InvalidInput

MAX_LINK_LENGTH: Final = 2048
# The browsers' parsing rules cost the square of the nesting: 20,000 open elements take half a second, ten
# times as many a minute. No post or review comes near it.
MAX_TAGS: Final = 20_000
MAX_DEPTH: Final = 60

# Elements that break a line, by how browsers lay them out; "p" keeps an empty line around itself.
_BLOCKS: Final = frozenset(
    (
        "address",
        "article",
        "aside",
        "blockquote",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
    )
    + ("figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav")
    + ("ol", "pre", "section", "summary", "table", "tr", "ul")
)
_PARAGRAPH: Final = "p"
# Their content is not text that a reader of the page would see.
_UNSEEN: Final = frozenset(
    ("audio", "canvas", "datalist", "embed", "head", "iframe", "math", "noembed", "noframes", "noscript")
    + ("object", "rp", "script", "select", "style", "svg", "template", "title", "video")
)
_KEPT: Final = set(_BLOCKS | {_PARAGRAPH, "br", "td", "th"})

_HTML_SPACE: Final = re.compile(r"[ \t\n\f\r]+")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_CONTROLS: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\]")


def plain_text(text: str) -> str:
    """``text`` as it can be stored: NFC, newlines as ``\\n``, without NUL and lone surrogates. Idempotent."""
    storable = _SURROGATES.sub("", text.replace("\x00", ""))
    return unicodedata.normalize("NFC", storable.replace("\r\n", "\n").replace("\r", "\n"))


def storable_json(value: Any) -> Any:
    """A JSON value without what ``jsonb`` cannot hold: NUL, lone surrogates and numbers beyond all bounds.

    Raises InvalidInput (``too_large``) for a value that is nested more than ``MAX_DEPTH`` deep.
    """
    return _storable(value, MAX_DEPTH)


def _storable(value: Any, depth: int) -> Any:
    if depth < 0:
        raise InvalidInput(_("This data is nested too deeply to be kept."), code=ErrorCode.TOO_LARGE)
    if isinstance(value, str):
        return _SURROGATES.sub("", value.replace("\x00", ""))
    if isinstance(value, Mapping):
        return {_storable(str(key), depth): _storable(entry, depth - 1) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(entry, depth - 1) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def html_to_text(html: str) -> str:
    """The words of ``html`` as a reader of the page would see them.

    Paragraphs are parted by an empty line, other blocks and ``<br>`` by a newline, runs of HTML white space
    become one space (except in ``<pre>``), character references become characters, the result is
    :func:`plain_text`. Markup is parsed as browsers parse it, so ``I <3 this`` keeps its heart. Raises
    InvalidInput (``too_large``) for more than ``MAX_TAGS`` tags.
    """
    if html.count("<") > MAX_TAGS:
        raise InvalidInput(_("This text has too much markup to be read."), code=ErrorCode.TOO_LARGE)
    clean = nh3.clean(
        plain_text(html),
        tags=_KEPT,
        clean_content_tags=set(_UNSEEN),
        attributes={},
        link_rel=None,
        strip_comments=True,
    )
    writer = _TextWriter()
    writer.feed(clean)
    writer.close()
    return plain_text(writer.text())


def safe_url(url: str, *, schemes: tuple[str, ...] = ("https", "http")) -> str:
    """``url`` if it may stand in a link or be stored as an address, else an empty string.

    Absolute, one of ``schemes``, with a host, without user name, control characters or backslashes.
    """
    candidate = url.strip(" \t\r\n")
    if not candidate or len(candidate) > MAX_LINK_LENGTH or _CONTROLS.search(candidate):
        return ""
    if _SURROGATES.search(candidate):
        return ""
    try:
        parts = urlsplit(candidate)
        parts.port  # noqa: B018 (raises for a port that is none)
    except ValueError:
        return ""
    if parts.scheme.lower() not in schemes or not parts.hostname or "@" in parts.netloc:
        return ""
    return candidate


class _TextWriter(HTMLParser):
    """Collects the text of markup that nh3 has made well-formed: known elements only, nothing hidden."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._breaks = 0  # newlines owed before the next word
        self._space = False  # one space owed before the next word on this line
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._break_line()
        elif tag in ("td", "th"):
            self._space = True
        else:
            self._block(tag)
            self._pre += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("br", "td", "th"):
            return
        self._block(tag)
        if tag == "pre":
            self._pre = max(0, self._pre - 1)

    def handle_data(self, data: str) -> None:
        if self._pre:
            for number, line in enumerate(data.split("\n")):
                if number:
                    self._break_line()
                if line:
                    self._write(line)
            return
        words = _HTML_SPACE.sub(" ", data)
        if words.startswith(" "):
            self._space = True
        if words.strip(" "):
            self._write(words.strip(" "))
            self._space = words.endswith(" ")

    def text(self) -> str:
        """All words so far."""
        return "".join(self._parts)

    def _write(self, words: str) -> None:
        if self._parts and self._breaks:
            self._parts.append("\n" * self._breaks)
        elif self._parts and self._space:
            self._parts.append(" ")
        self._breaks = 0
        self._space = False
        self._parts.append(words)

    def _block(self, tag: str) -> None:
        self._breaks = max(self._breaks, 2 if tag == _PARAGRAPH else 1)
        self._space = False

    def _break_line(self) -> None:
        self._breaks += 1
        self._space = False
