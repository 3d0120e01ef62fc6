"""Files as owners really have them: encodings, delimiters, and rows that are broken in every usual way."""

import codecs
import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.collection.imports import encoding, reading
from project.collection.imports.contracts import NoticeCode, Problem, ProblemCode, Row
from project.collection.imports.errors import FileUnreadable
from project.collection.imports.formats import known_columns
from project.collection.imports.reading import open_table

DANISH = "id,title,text,rating\n1,Dejlig,Blød og varm – lige i øjet,5\n2,Øv,Æblegrøn? Nej,2\n"


def _file(folder: Path, content: bytes, name: str = "reviews.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _cells(path: Path, **options: str) -> list[list[str]]:
    table = open_table(path, known=known_columns(), **options)
    return [row.cells for row in table.rows() if isinstance(row, Row)]


def _problems(path: Path) -> list[Problem]:
    return [row for row in open_table(path, known=known_columns()).rows() if isinstance(row, Problem)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (DANISH.encode(), "utf-8"),
        (codecs.BOM_UTF8 + DANISH.encode(), "utf-8-sig"),
        (DANISH.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + DANISH.encode("utf-16-be"), "utf-16"),
        (DANISH.encode("utf-16-le"), "utf-16-le"),
        (DANISH.encode("utf-16-be"), "utf-16-be"),
        (DANISH.encode("cp1252"), "cp1252"),
        (gzip.compress(DANISH.encode(), mtime=0), "utf-8"),
    ],
    ids=["utf-8", "bom", "utf-16", "utf-16-be bom", "utf-16-le bare", "utf-16-be bare", "cp1252", "gzip"],
)
def test_every_usual_encoding_gives_the_same_words(tmp_path: Path, content: bytes, expected: str) -> None:
    path = _file(tmp_path, content)
    table = open_table(path, known=known_columns())
    assert table.inspection.encoding == expected
    assert table.header == ("id", "title", "text", "rating")
    assert _cells(path) == [
        ["1", "Dejlig", "Blød og varm – lige i øjet", "5"],
        ["2", "Øv", "Æblegrøn? Nej", "2"],
    ]


def test_a_file_that_is_not_utf8_says_how_it_was_read_and_where(tmp_path: Path) -> None:
    content = b"text,rating\n" + b"fine,5\n" * 200_000 + "sk\u00f8n,4\n".encode("cp1252")
    notices = open_table(_file(tmp_path, content)).inspection.notices
    assert [notice.code for notice in notices] == [NoticeCode.ENCODING_ASSUMED]
    assert "line 200002" in notices[0].sentence
    assert "cp1252" in notices[0].sentence


def test_bytes_that_windows_does_not_know_are_read_as_latin_1(tmp_path: Path) -> None:
    table = open_table(_file(tmp_path, b"text,rating\nab\x81c,5\n"))
    assert table.inspection.encoding == "latin-1"


def test_utf8_with_a_broken_character_keeps_its_other_rows(tmp_path: Path) -> None:
    content = "text,rating\nblød æble grød,5\n".encode() + b"bro\xffken,3\n" + "smør,4\n".encode()
    path = _file(tmp_path, content)
    assert [cells[0] for cells in _cells(path)] == ["blød æble grød", "smør"]
    (problem,) = _problems(path)
    assert (problem.code, problem.row, problem.line) == (ProblemCode.UNDECODABLE, 2, 3)
    assert [notice.code for notice in open_table(path).inspection.notices] == [NoticeCode.ENCODING_DAMAGED]


def test_an_encoding_that_is_named_is_kept_to(tmp_path: Path) -> None:
    path = _file(tmp_path, DANISH.encode("cp1252"))
    assert _cells(path, encoding="cp1252")[0][1] == "Dejlig"
    with pytest.raises(FileUnreadable, match="Line 2 is not utf-8"):
        open_table(path, encoding="utf-8")
    with pytest.raises(FileUnreadable, match="no encoding named klingon"):
        open_table(path, encoding="klingon")
    with pytest.raises(FileUnreadable, match="no encoding named rot13"):
        open_table(path, encoding="rot13")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_even_when_texts_are_full_of_others(tmp_path: Path, delimiter: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["Title", "Review Text", "Rating"])
    for number in range(30):
        writer.writerow([f"a, b; c | d {number}", "one;two;three,four\tfive|six,seven", "4"])
    table = open_table(_file(tmp_path, text.getvalue().encode()), known=known_columns())
    assert table.delimiter == delimiter
    assert table.names == ("title", "review text", "rating")


def test_broken_rows_are_reported_one_by_one_and_the_others_are_read(tmp_path: Path) -> None:
    content = (
        "title,text,rating\n"
        "good,fine,5\n"
        "short,row\n"
        "long,row,4,and,more\n"
        "\n"
        'quotes,"he said "hello" to me",3\n'
        "nul,a\0b,3\n"
        'lines,"one\ntwo\nthree",2\n'
        "blank cells at the end,fine,1,,\n"
        "last,fine,5\n"
        'open,"never closed,5\n'
    )
    path = _file(tmp_path, content.encode())
    assert [(p.row, p.code.value) for p in _problems(path)] == [
        (2, "ragged_row"),
        (3, "ragged_row"),
        (4, "bad_quoting"),
        (5, "nul_character"),
        (9, "bad_quoting"),
    ]
    assert [cells[0] for cells in _cells(path)] == ["good", "lines", "blank cells at the end", "last"]
    assert _cells(path)[1][1] == "one\ntwo\nthree"
    assert all(str(p.row) in p.sentence for p in _problems(path))


def test_a_cell_without_end_is_one_problem_not_a_full_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_CELL_CHARACTERS", 2_000)
    path = _file(tmp_path, b"text,rating\nfine,5\n" + b"x" * 5_000 + b",5\nalso fine,4\n")
    assert [p.code for p in _problems(path)] == [ProblemCode.CELL_TOO_LARGE]
    assert [cells[0] for cells in _cells(path)] == ["fine", "also fine"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n\n", "does not name columns"),
        (b",,,\n1,2,3,4\n", "does not name columns"),
        (b"PK\x03\x04rest of a workbook", "save the sheet as CSV"),
        (b"\x1f\x8b\x08not gzip at all", "does not unpack"),
        (gzip.compress(DANISH.encode(), mtime=0)[:-12], "does not unpack"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8\x00\xd8", "is not utf-16"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(FileUnreadable, match=sentence):
        open_table(_file(tmp_path, content))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="cannot be read"):
        open_table(tmp_path / "none.csv")
    with pytest.raises(FileUnreadable, match="is a folder"):
        open_table(tmp_path)


def test_a_packed_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "MAX_FILE_BYTES", 1 << 20)
    path = _file(tmp_path, gzip.compress(b"text\n" + b"a" * (2 << 20)))
    with pytest.raises(FileUnreadable, match="more than 1 MB"):
        open_table(path)


_texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1, max_size=60).filter(
    lambda text: bool(text.strip())
)


@given(rows=st.lists(st.tuples(_texts, _texts), min_size=1, max_size=20), sign=st.sampled_from(",;\t|"))
def test_whatever_a_correct_writer_writes_is_read_letter_by_letter(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], sign: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=sign, quoting=csv.QUOTE_ALL)
    writer.writerow(["title", "text"])
    writer.writerows(rows)
    path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes(text.getvalue().encode("utf-8"))
    table = open_table(path, delimiter=sign)
    assert [tuple(row.cells) for row in table.rows() if isinstance(row, Row)] == rows
