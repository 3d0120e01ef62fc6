"""Importing through the kernel: nothing twice, nothing lost, nothing altered, nothing shown without a basis."""

import csv
import gzip
import html
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from project.collection.imports import services
from project.collection.imports.contracts import ProblemCode
from project.collection.imports.models import ImportRun, RunState
from project.collection.imports.preparing import FileOptions
from project.content.models import Author, ContentItem, ContentVersion, IntakeTombstone, RawRecord
from project.content.rules import CreditKind, State
from project.content.services import credit_item, reject_items, take_down_items
from project.content.services.intake import external_hash
from project.core.audit import history_of
from project.core.errors import Conflict, InvalidInput
from project.core.hashing import payload_hash
from project.core.models import OutboxRow
from project.core.publication import publication_number
from project.core.sanitising import html_to_text
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import Audience, Channel, EndReason, GateQuery
from project.rights.models import Licence, LicenceEvent, LicenceItem
from project.rights.selectors import items_needing_permission
from project.rights.services import withdraw_item
from project.shops.models import Product
from tests.factories import Personas, make_product

from .conftest import OWNED, run_import, write_csv

DEMO = Path(__file__).resolve().parents[3] / "project" / "runtime" / "demo"
Write = Callable[..., Path]


def _shown(shop_id: int, channel: Channel = Channel.SITE) -> set[str]:
    """External ids of what the gate lets through."""
    audience = Audience(shop_id=shop_id, channel=channel, markets=("DK",), at=timezone.now())
    with shop_scope(shop_id):
        rows = ContentItem.objects.filter(pk__in=gate.visible_ids(audience))
        return set(rows.values_list("external_id", flat=True))


def _items(shop_id: int) -> dict[str, ContentItem]:
    with shop_scope(shop_id):
        return {item.external_id: item for item in ContentItem.objects.select_related("product", "author")}


def _public_id(shop_id: int, external_id: str) -> str:
    return _items(shop_id)[external_id].public_id


def _as_read(cell: str) -> str:
    """A cell with its character references and line ends as a reader sees them: nothing else may change."""
    while html.unescape(cell) != cell:  # the real file has references that were escaped up to three times
        cell = html.unescape(cell)
    return cell.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    ("name", "words"),
    [("womens_clothing.csv.gz", _as_read), ("fine_food.csv.gz", html_to_text)],
)
def test_every_text_and_every_rating_of_a_real_file_arrives_unaltered(
    people: Personas, name: str, words: Callable[[str], str]
) -> None:
    report = run_import(people.shop.id, DEMO / name, legal_basis=OWNED)
    with gzip.open(DEMO / name, "rt", encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    stored = _items(people.shop.id)
    assert report.created == report.covered == len(rows) == len(stored)
    for row in rows:
        item = stored[row.get("row") or row["Id"]]
        assert item.text == words(row.get("Review Text", row.get("Text", "")))
        assert item.title == words(row.get("Title", row.get("Summary", "")))
        assert item.rating == int(row.get("Rating") or row["Score"])
        assert item.product is not None
        assert item.product.external_id == row.get("Clothing ID", row.get("ProductId"))
        assert item.verification == "none"
        assert item.credit_kind == "customer"
        assert item.credit_detail == row.get("Age", "")
    assert _shown(people.shop.id) == set(stored)


def test_the_mixture_of_ratings_is_the_files(people: Personas) -> None:
    run_import(people.shop.id, DEMO / "womens_clothing.csv.gz", legal_basis=OWNED)
    with gzip.open(DEMO / "womens_clothing.csv.gz", "rt", encoding="utf-8", newline="") as text:
        wanted = Counter(int(row["Rating"]) for row in csv.DictReader(text))
    audience = Audience(shop_id=people.shop.id, channel=Channel.SITE, markets=("DK",), at=timezone.now())
    assert dict(gate.aggregate(audience, GateQuery()).histogram) == dict(wanted)


def test_the_raw_record_is_the_whole_row_with_its_hash(people: Personas, tmp_path: Path) -> None:
    cells = ("7", 'He said "hi"\r\nand left', "a\tb\\c \x1f|\x1e æ 🧶", "4", "\\N")
    path = write_csv(tmp_path / "odd.csv", "id,title,text,rating,extra", [cells])
    run_import(people.shop.id, path)
    item = _items(people.shop.id)["7"]
    assert item.text == "a\tb\\c \x1f|\x1e æ 🧶"
    assert item.title == 'He said "hi"\nand left'
    with shop_scope(people.shop.id):
        raw = RawRecord.objects.get(item=item)
    assert raw.payload == dict(zip(("id", "title", "text", "rating", "extra"), cells, strict=True))
    assert raw.payload_hash == item.raw_hash == payload_hash(raw.payload)
    assert raw.provenance.startswith("import:imp_")


def test_the_same_file_twice_changes_nothing(people: Personas, reviews: Write) -> None:
    path = reviews(40)
    first = run_import(people.shop.id, path, legal_basis=OWNED)
    before, number = _items(people.shop.id), publication_number(people.shop.id)
    again = run_import(people.shop.id, path, legal_basis=OWNED)
    assert (first.created, first.known) == (40, 0)
    assert (again.created, again.edited, again.known, again.covered) == (0, 0, 40, 0)
    assert not again.licence_id
    assert {key: item.pk for key, item in _items(people.shop.id).items()} == {
        key: item.pk for key, item in before.items()
    }
    assert publication_number(people.shop.id) == number


def test_without_a_basis_nothing_shows_and_adding_one_later_shows_it(people: Personas, reviews: Write) -> None:
    path = reviews(5)
    report = run_import(people.shop.id, path)
    assert report.created == 5
    assert _shown(people.shop.id) == set()
    assert report.shown is not None
    assert (report.shown.shown, report.shown.without_basis) == (0, 5)
    with_basis = run_import(people.shop.id, path, legal_basis=OWNED)
    assert (with_basis.created, with_basis.covered) == (0, 5)
    assert _shown(people.shop.id) == {"r0", "r1", "r2", "r3", "r4"}
    assert _shown(people.shop.id, Channel.EMAIL) == set()


def test_one_import_is_one_licence_and_one_ledger_event_with_a_row_per_item(
    people: Personas, reviews: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "ROWS_PER_BATCH", 7)
    report = run_import(people.shop.id, reviews(30), legal_basis=OWNED)
    with shop_scope(people.shop.id):
        licence = Licence.objects.get()
        assert LicenceItem.objects.filter(licence=licence).count() == 30
        assert LicenceEvent.objects.count() == 1
    assert report.licence_id == licence.public_id
    withdraw_item(
        shop_id=people.shop.id, actor_id=None, item_id=_public_id(people.shop.id, "r3"), reason=EndReason.AUTHOR
    )
    assert len(_shown(people.shop.id)) == 29
    assert "r3" not in _shown(people.shop.id)


def test_a_new_import_never_undoes_a_withdrawal_or_a_decision(people: Personas, reviews: Write) -> None:
    path, shop_id = reviews(6), people.shop.id
    run_import(shop_id, path, legal_basis=OWNED)
    withdraw_item(shop_id=shop_id, actor_id=None, item_id=_public_id(shop_id, "r1"), reason=EndReason.AUTHOR)
    take_down_items(shop_id=shop_id, actor_id=None, item_ids=[_public_id(shop_id, "r2")], reason="unrelated")
    report = run_import(shop_id, path, legal_basis=OWNED)
    assert report.covered == 0
    assert _shown(shop_id) == {"r0", "r3", "r4", "r5"}
    assert _items(shop_id)["r2"].state == State.TAKEN_DOWN


def test_a_mass_change_is_one_piece_of_news_per_five_hundred_items(people: Personas, reviews: Write) -> None:
    run_import(people.shop.id, reviews(1_200), legal_basis=OWNED)
    rows = OutboxRow.objects.filter(shop_id=people.shop.id)
    received = [len(row.data["item_ids"]) for row in rows.filter(event="ItemsReceived").order_by("number")]
    granted = [len(row.data["item_ids"]) for row in rows.filter(event="LicenceGranted").order_by("number")]
    assert received == granted == [500, 500, 200]


def test_new_words_keep_the_old_ones_and_are_looked_at_again(people: Personas, reviews: Write) -> None:
    shop_id = people.shop.id
    run_import(shop_id, reviews(rows=[("a", "T", "Old words", 2, ""), ("b", "T", "Same", 5, "")]), legal_basis=OWNED)
    path = reviews(rows=[("a", "T", "New words", 2, ""), ("b", "T", "Same", 5, ""), ("c", "T", "More", 1, "")])
    report = run_import(shop_id, path, legal_basis=OWNED)
    assert (report.created, report.edited, report.known) == (1, 1, 1)
    item = _items(shop_id)["a"]
    assert (item.text, item.version, item.state) == ("New words", 2, State.PENDING)
    with shop_scope(shop_id):
        version = ContentVersion.objects.get(item=item)
        assert (version.number, version.text) == (1, "Old words")
        assert RawRecord.objects.get(item=item).payload["text"] == "New words"
    assert _shown(shop_id) == {"b", "c"}
    assert [row.event for row in OutboxRow.objects.filter(shop_id=shop_id, event="ItemsEdited")] == ["ItemsEdited"]


def test_a_file_sent_again_puts_right_what_is_known_about_its_reviews(people: Personas, tmp_path: Path) -> None:
    shop_id = people.shop.id
    columns = "id,text,product id,name,date"
    bare = [("a", "Fine", "", "", ""), ("b", "Good", "", "", ""), ("c", "Warm", "", "", "")]
    told = [("a", "Fine", "hat", "Ana", "2026-01-05"), ("b", "Bad", "hat", "", ""), ("c", "Warm", "", "", "")]
    run_import(shop_id, write_csv(tmp_path / "r.csv", columns, bare), state=State.APPROVED, legal_basis=OWNED)
    report = run_import(shop_id, write_csv(tmp_path / "r.csv", columns, told), state=State.APPROVED)
    assert (report.created, report.edited, report.corrected, report.known) == (0, 1, 1, 1)
    items = _items(shop_id)
    item = items["a"]
    assert (item.version, item.state, item.credit_name) == (1, State.APPROVED, "Ana")
    assert item.product is not None
    assert item.product == items["b"].product
    assert item.occurred_at is not None
    assert (items["b"].version, items["b"].state) == (2, State.PENDING)
    with shop_scope(shop_id):
        assert not ContentVersion.objects.filter(item=item).exists()
        assert RawRecord.objects.get(item=item).payload["name"] == "Ana"
    (entry,) = [row for row in history_of(shop_id, "item", item.public_id) if row.action == "item.corrected"]
    assert entry.data == {"fields": ["occurred_at", "product", "credit_kind", "credit_name"]}
    news = OutboxRow.objects.filter(shop_id=shop_id, event="ItemsCorrected")
    assert [row.data["item_ids"] for row in news] == [[item.public_id]]
    number = publication_number(shop_id)
    again = run_import(shop_id, tmp_path / "r.csv", state=State.APPROVED)
    assert (again.corrected, again.known, publication_number(shop_id)) == (0, 3, number)


def test_a_chosen_credit_and_a_product_outlast_a_file_that_tells_neither(people: Personas, tmp_path: Path) -> None:
    shop_id = people.shop.id
    columns = "id,text,product id,name"
    run_import(shop_id, write_csv(tmp_path / "r.csv", columns, [("a", "Fine", "hat", "Ana")]))
    with shop_scope(shop_id):
        credit_item(item=_items(shop_id)["a"], kind=CreditKind.HANDLE, name="@ana")
    report = run_import(shop_id, write_csv(tmp_path / "r.csv", columns, [("a", "Fine", "", "")]))
    item = _items(shop_id)["a"]
    assert (report.corrected, item.credit_name, item.product is not None) == (0, "@ana", True)


def test_an_id_twice_in_one_file_is_taken_once_and_stays_so(
    people: Personas, reviews: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "ROWS_PER_BATCH", 2)
    rows = [("a", "T", "First", 5, ""), ("b", "T", "B", 4, ""), ("a", "T", "First", 5, ""), ("a", "T", "Else", 1, "")]
    path = reviews(rows=rows)
    for known in (0, 2):
        report = run_import(people.shop.id, path)
        assert (report.created, report.known, report.repeated, report.bad) == (2 - known, known, 1, 1)
        assert [problem.code for problem in report.problems] == [ProblemCode.ID_REPEATED]
        assert _items(people.shop.id)["a"].text == "First"
        assert _items(people.shop.id)["a"].version == 1


def test_bad_rows_are_left_out_and_the_others_come_in(people: Personas, reviews: Write) -> None:
    rows = [("a", "T", "Fine", 5, ""), ("b", "T", "Bad", 9, ""), ("c", "", "", "", ""), ("d", "T", "Fine", 1, "")]
    report = run_import(people.shop.id, reviews(rows=rows))
    assert (report.rows, report.created, report.bad) == (4, 2, 2)
    assert [(problem.row, problem.code.value) for problem in report.problems] == [
        (2, "rating_invalid"),
        (3, "text_missing"),
    ]
    assert set(_items(people.shop.id)) == {"a", "d"}


def test_what_was_erased_is_not_brought_back(people: Personas, reviews: Write) -> None:
    shop_id = people.shop.id
    run_import(shop_id, reviews(rows=[("r1", "T", "Text 1", 4, "")]))
    with shop_scope(shop_id):
        source = ContentItem.objects.select_related("source").get().source
        IntakeTombstone.objects.create(source=source, external_hash=external_hash(source, "r0"))
    report = run_import(shop_id, reviews(rows=[(f"r{n}", "T", f"Text {n}", 4, "") for n in range(3)]))
    assert (report.created, report.known, report.refused) == (1, 1, 1)
    assert set(_items(shop_id)) == {"r1", "r2"}


def test_products_are_found_by_id_or_handle_and_made_when_missing(people: Personas, tmp_path: Path) -> None:
    shop_id = people.shop.id
    make_product(shop_id, "Known hat", external_id="7001", handle="known-hat")
    rows = [("a", "Fine", "7001", ""), ("b", "Fine", "", "known-hat"), ("c", "Fine", "7002", "new-hat")]
    path = write_csv(tmp_path / "p.csv", "id,text,product id,product handle", [*rows, ("d", "Fine", "", "")])
    unlinked = run_import(people.other_shop.id, path, create_products=False)
    report = run_import(shop_id, path)
    items = _items(shop_id)
    assert items["a"].product == items["b"].product
    assert items["c"].product is not None
    assert (items["c"].product.external_id, items["c"].product.handle) == ("7002", "new-hat")
    assert items["d"].product is None
    assert (report.products_created, unlinked.products_created) == (1, 0)
    with shop_scope(people.other_shop.id):
        assert not Product.objects.exists()


def test_named_authors_are_credited_and_known_again_by_address(people: Personas, tmp_path: Path) -> None:
    rows = [("a", "One", "Ana", "ana@example.com"), ("b", "Two", "Ana", "ANA@example.com")]
    rows += [("c", "Three", "Ana", ""), ("d", "Four", "", "")]
    path = write_csv(tmp_path / "named.csv", "id,text,name,email", rows)
    run_import(people.shop.id, path)
    run_import(people.shop.id, path)
    items = _items(people.shop.id)
    assert items["a"].author == items["b"].author
    assert items["c"].author not in {items["a"].author, None}
    assert items["d"].author is None
    assert (items["a"].credit_kind, items["a"].credit_name) == ("name", "Ana")
    assert items["d"].credit_kind == "customer"
    with shop_scope(people.shop.id):
        salts = {bytes(salt) for salt in Author.objects.values_list("salt", flat=True)}
        assert {len(salt) for salt in salts} == {32}
        assert len(salts) == Author.objects.count() == 2
        assert not Author.objects.filter(external_id__contains="ana").exists()


def test_what_the_tool_hid_waits_for_a_person_whatever_its_rating(people: Personas, tmp_path: Path) -> None:
    header = "title,body,rating,review_date,reviewer_name,reviewer_email,product_id,product_handle,curated"
    rows = [
        ("T", f"Text {stars} {curated}", stars, "2025-02-11 09:15:00 UTC", "Ana", "", "1", "hat", curated)
        for stars in range(1, 6)
        for curated in ("ok", "spam", "not-yet")
    ]
    run_import(people.shop.id, write_csv(tmp_path / "judge.csv", header, rows))
    states = Counter((item.rating, item.state) for item in _items(people.shop.id).values())
    assert states == {(stars, "approved"): 1 for stars in range(1, 6)} | {
        (stars, "pending"): 2 for stars in range(1, 6)
    }


def test_a_spot_check_is_drawn_by_id_and_not_by_rating(people: Personas, tmp_path: Path) -> None:
    def states(shop_id: int, ratings: Callable[[int], int]) -> dict[str, str]:
        rows = [(f"r{n}", "Fine", ratings(n)) for n in range(600)]
        run_import(shop_id, write_csv(tmp_path / "spot.csv", "id,text,rating", rows), spot_check=10)
        return {key: item.state for key, item in _items(shop_id).items()}

    drawn = states(people.shop.id, lambda n: n % 5 + 1)
    assert drawn == states(people.other_shop.id, lambda n: 5 - n % 5)
    assert 30 < Counter(drawn.values())["pending"] < 90


def test_tenants_apart_the_same_file_in_two_shops_is_two_sets_of_items(people: Personas, reviews: Write) -> None:
    path = reviews(4)
    run_import(people.shop.id, path, legal_basis=OWNED)
    report = run_import(people.other_shop.id, path)
    assert report.created == 4
    assert _shown(people.shop.id) == {"r0", "r1", "r2", "r3"}
    assert _shown(people.other_shop.id) == set()
    mine = {item.public_id for item in _items(people.shop.id).values()}
    assert mine.isdisjoint({item.public_id for item in _items(people.other_shop.id).values()})


def test_a_failed_batch_takes_nothing_of_itself_and_the_next_try_goes_on_after_the_last_good_one(
    people: Personas, reviews: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "ROWS_PER_BATCH", 10)
    path, shop_id = reviews(35), people.shop.id

    def fail(line: int) -> None:
        if line > 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_import(shop_id, path, legal_basis=OWNED, progress=fail)
    assert len(_items(shop_id)) == 20
    assert _shown(shop_id) == set()
    report = run_import(shop_id, path, legal_basis=OWNED)
    assert (report.resumed_after, report.created, report.covered) == (20, 35, 35)
    assert len(_shown(shop_id)) == 35
    with shop_scope(shop_id):
        run = ImportRun.objects.get()
        assert (run.state, run.rows_read, run.batches) == (RunState.DONE, 35, 4)
        assert Licence.objects.count() == LicenceEvent.objects.count() == 1


def test_an_unfinished_import_with_other_options_is_abandoned_and_shows_nothing(
    people: Personas, reviews: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "ROWS_PER_BATCH", 10)
    path, shop_id = reviews(25), people.shop.id

    def fail(line: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_import(shop_id, path, legal_basis=OWNED, progress=fail)
    report = run_import(shop_id, path)
    assert (report.resumed_after, report.created, report.known) == (0, 15, 10)
    assert _shown(shop_id) == set()
    assert report.shown.without_basis == 25
    with shop_scope(shop_id):
        assert items_needing_permission().count() == 25
        assert not Licence.objects.exists()
    covered = run_import(shop_id, path, legal_basis=OWNED)
    assert covered.covered == 25
    assert len(_shown(shop_id)) == 25


def test_two_imports_of_one_file_at_once_do_not_both_count(
    people: Personas, reviews: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "ROWS_PER_BATCH", 10)
    path, shop_id = reviews(25), people.shop.id

    def another(line: int) -> None:
        run_import(shop_id, path)

    with pytest.raises(Conflict, match="Another process"):
        run_import(shop_id, path, progress=another)
    with shop_scope(shop_id):
        assert ImportRun.objects.get().created == 25
    assert len(_items(shop_id)) == 25


def test_imports_come_in_pending_or_approved_and_in_no_other_state(people: Personas, reviews: Write) -> None:
    with pytest.raises(InvalidInput):
        run_import(people.shop.id, reviews(1), state=State.REJECTED)
    run_import(people.shop.id, reviews(2), state=State.PENDING, legal_basis=OWNED)
    assert _shown(people.shop.id) == set()
    ids = [item.public_id for item in _items(people.shop.id).values()]
    reject_items(shop_id=people.shop.id, actor_id=None, item_ids=ids[:1], reason="spam")
    run_import(people.shop.id, reviews(2), state=State.APPROVED, legal_basis=OWNED)
    assert _shown(people.shop.id) == set()


def test_the_texts_language_is_said_by_a_column_or_an_option_and_never_guessed(
    people: Personas, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "lang.csv", "id,text,language", [("a", "Fin", "da"), ("b", "Fine", "")])
    run_import(people.shop.id, path)
    run_import(people.other_shop.id, path, options=FileOptions(language="en"))
    assert {key: item.language for key, item in _items(people.shop.id).items()} == {"a": "da", "b": ""}
    assert {key: item.language for key, item in _items(people.other_shop.id).items()} == {"a": "da", "b": "en"}
