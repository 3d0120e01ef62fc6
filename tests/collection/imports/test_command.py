"""``manage.py import_reviews`` as people and machines use it, and as a power cut ends it."""

import csv
import io
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from project.collection.imports.command_line import import_command
from project.collection.imports.models import ImportRun
from project.collection.management.commands import import_reviews
from project.collection.management.commands.import_reviews import command_with_basis
from project.content.models import ContentItem, Source
from project.core.models import AuditEntry, OutboxRow
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import Audience, Channel
from project.rights.models import Licence, LicenceEvent
from project.shops.models import Product
from tests.factories import Personas, make_personas
from tests.terminal import terminal

from .conftest import write_csv

Write = Callable[..., Path]
WITH_BASIS = ("--moderate", "approved", "--basis", "owned", "--channels", "site,product_page")
PROJECT_ROOT = Path(__file__).resolve().parents[3]


def _run(people: Personas, path: Path, *arguments: str) -> tuple[str, int]:
    """What the command prints, and its exit code."""
    out = io.StringIO()
    try:
        call_command("import_reviews", str(path), "--shop", people.shop.slug, *arguments, stdout=out)
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


def _json(people: Personas, path: Path, *arguments: str) -> tuple[dict[str, Any], int]:
    text, code = _run(people, path, "--json", *arguments)
    return json.loads(text), code


def _shown(people: Personas) -> int:
    audience = Audience(shop_id=people.shop.id, channel=Channel.SITE, markets=("DK",), at=timezone.now())
    with shop_scope(people.shop.id):
        return gate.visible_ids(audience).count()


def _row_counts(people: Personas) -> tuple[int, ...]:
    models = (ContentItem, Source, Product, ImportRun, Licence, LicenceEvent)
    with shop_scope(people.shop.id):
        counts = [model.objects.count() for model in models]
    counts += [model.objects.filter(shop_id=people.shop.id).count() for model in (OutboxRow, AuditEntry)]
    return tuple(counts)


def test_without_a_basis_the_report_says_so_and_gives_the_command_that_adds_one(
    people: Personas, reviews: Write
) -> None:
    path = reviews(25)
    text, code = _run(people, path, "--moderate", "approved")
    assert code == 0
    assert "25 imported, 0 may be shown: no legal basis; add one with\n" in text
    (line,) = [line.strip() for line in text.splitlines() if "--basis" in line]
    said = dict(word.partition("=")[::2] for word in shlex.split(line)[2:])
    assert line.startswith("make import FILE=")
    assert (said["FILE"], said["SHOP"]) == (str(path), people.shop.slug)
    assert _shown(people) == 0
    out = io.StringIO()
    call_command("import_reviews", said["FILE"], "--shop", said["SHOP"], *shlex.split(said["OPTIONS"]), stdout=out)
    assert "0 new, 25 were here already, 25 may be shown." in out.getvalue()
    assert _shown(people) == 25


def test_with_a_basis_everything_approved_shows_and_pending_ones_wait(people: Personas, reviews: Write) -> None:
    text, _code = _run(people, reviews(8), *WITH_BASIS)
    assert "8 imported, 8 may be shown." in text
    text, _code = _run(people, reviews(6, name="other.csv"), "--basis", "owned", "--channels", "site")
    assert "6 imported, 0 may be shown: 6 wait for a decision in the moderation queue." in text


def test_a_dry_run_reports_every_row_and_writes_nothing(people: Personas, reviews: Write, tmp_path: Path) -> None:
    _run(people, reviews(rows=[("a", "T", "Fine", 5, "hat"), ("b", "T", "Old", 5, "hat")]))
    before = _row_counts(people)
    rows = [("a", "T", "Fine", 5, "hat"), ("b", "T", "New", 5, "hat"), ("c", "T", "=1+1", 4, "cap")]
    path = reviews(rows=[*rows, ("d", "T", "Bad", 7, "hat"), ("a", "T", "Fine", 5, "hat")])
    text, code = _run(people, path, "--dry-run")
    assert code == 1
    verdicts = [tuple(line.split("\t")[:2]) for line in text.splitlines() if "\t" in line]
    assert verdicts == [("1", "known"), ("2", "edited"), ("3", "new"), ("4", "rating_invalid"), ("5", "repeated")]
    assert "Dry run, nothing was written: 1 new, 2 were here already." in text
    assert text.count("is not a whole number of stars") == 1
    assert "begins like a formula" in text
    document, code = _json(people, path, "--dry-run")
    assert code == 1
    assert [row["verdict"] for row in document["row_verdicts"]] == [verdict for _row, verdict in verdicts]
    assert (document["dry_run"], document["created"], document["bad"]) == (True, 1, 1)
    report = tmp_path / "report.csv"
    _run(people, path, "--dry-run", "--report", str(report))
    with report.open(newline="", encoding="utf-8") as stream:
        assert [row["verdict"] for row in csv.DictReader(stream)] == [verdict for _row, verdict in verdicts]
    assert _row_counts(people) == before


def test_the_same_file_again_is_told_as_what_it_is(people: Personas, reviews: Write) -> None:
    path = reviews(4)
    assert "4 imported, 0 may be shown" in _run(people, path)[0]
    again, _code = _run(people, path, *WITH_BASIS)
    assert "0 new, 4 were here already, 0 may be shown: 4 wait for a decision" in again
    assert "--moderate is about new reviews: 4 that were here keep the decisions they have." in again
    assert "--moderate is about" not in _run(people, path)[0]


def test_the_command_in_the_report_is_the_one_that_make_runs(people: Personas) -> None:
    options = ["--column", "text=What they said", "--terms", "https://x.example/?a=$b"]
    line = import_command("two words.csv", "my-shop", options)
    shown = subprocess.run(
        ["sh", "-c", f"{line} --dry-run"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    (recipe,) = [each for each in shown.stdout.splitlines() if "import_reviews" in each]
    words = shlex.split(recipe)
    assert words[words.index("import_reviews") + 1 :] == ["two words.csv", "--shop", "my-shop", *options]


def test_where_there_is_no_makefile_the_command_is_pythons(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    assert import_command("a.csv", "my-shop", ["--dry-run"]) == (
        "python3 manage.py import_reviews a.csv --shop my-shop --dry-run"
    )


def test_a_dry_run_into_an_empty_shop_writes_nothing(people: Personas, reviews: Write) -> None:
    before = _row_counts(people)
    document, code = _json(people, reviews(10), "--dry-run")
    assert (document["created"], code) == (10, 0)
    assert _row_counts(people) == before


def test_exit_codes_mean_something(people: Personas, reviews: Write, tmp_path: Path) -> None:
    assert _run(people, reviews(2))[1] == 0
    assert _run(people, reviews(rows=[("a", "T", "Fine", 9, "")], name="bad.csv"))[1] == 1
    with pytest.raises(CommandError, match="cannot be read") as missing:
        _run(people, tmp_path / "none.csv")
    with pytest.raises(CommandError, match="No known format") as strange:
        _run(people, write_csv(tmp_path / "strange.csv", "sku,price", [("a", 1)]))
    assert missing.value.returncode == strange.value.returncode == 2
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_reviews", str(reviews(1)), "--shop", "nobody", "--json", stdout=out)
    assert ended.value.code == 2
    assert json.loads(out.getvalue())["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--basis", "owned"), "Name the channels"),
        (("--basis", "owned", "--channels", "site,telepathy"), "Name the channels"),
        (("--basis", "open_licence", "--channels", "site"), "web address"),
        (("--channels", "site"), "need --basis"),
        (("--basis", "owned", "--channels", "site", "--markets", "Denmark"), "Name countries by their two letters"),
        (("--basis", "self_attested", "--channels", "site,paid_ads"), "never shown in paid advertising"),
    ],
)
def test_a_basis_that_cannot_be_granted_is_refused_before_anything_is_shown(
    people: Personas, reviews: Write, arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence):
        _run(people, reviews(2), *arguments)
    assert _shown(people) == 0


def test_machines_get_one_json_document(people: Personas, reviews: Write) -> None:
    document, code = _json(people, reviews(3), "--moderate", "approved")
    assert code == 0
    assert (document["created"], document["format"], document["rows"]) == (3, "generic", 3)
    assert document["shown"] == {"channel": "site", "total": 3, "shown": 0, "undecided": 0, "without_basis": 3}
    assert "--basis owned" in document["add_basis_with"]
    document, _code = _json(people, reviews(3), *WITH_BASIS)
    assert document["add_basis_with"] is None
    assert document["covered"] == 3


def test_on_a_terminal_a_bar_moves_to_the_end_of_the_file(
    people: Personas, reviews: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    with terminal() as screen:
        monkeypatch.setattr(sys, "stderr", screen.stream)
        text, _code = _run(people, reviews(25))
    assert re.search(r"reviews\.csv ━+ +0/(\d+)", screen.text)
    assert re.search(r"reviews\.csv ━+ +(\d+)/\1 ", screen.text)
    assert "━" not in text


@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_elsewhere_there_is_no_bar(
    people: Personas, reviews: Write, capfd: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    _run(people, reviews(25), *arguments)
    assert capfd.readouterr().err == ""


def test_a_machine_gets_no_bar_on_a_terminal_either(
    people: Personas, reviews: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    with terminal() as screen:
        monkeypatch.setattr(sys, "stderr", screen.stream)
        _json(people, reviews(25))
    assert screen.written == ""


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_basis_is_asked_for(
    people: Personas, reviews: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["3", "", "https://creativecommons.org/publicdomain/zero/1.0/", ""])
    monkeypatch.setattr(import_reviews.sys, "stdin", _Terminal())
    monkeypatch.setattr(import_reviews.sys, "stdout", _Terminal())
    monkeypatch.setattr("builtins.input", lambda _prompt: next(answers))
    text, _code = _run(people, reviews(2), "--moderate", "approved")
    assert "Why may Linden show these reviews?" in text
    assert "2 imported, 2 may be shown." in text
    with shop_scope(people.shop.id):
        licence = Licence.objects.get()
    assert (licence.basis, licence.channels) == ("open_licence", ["site", "product_page", "ai_assistant"])
    text, _code = _run(people, reviews(2, name="later.csv"), "--moderate", "approved")
    assert "2 imported, 0 may be shown: no legal basis" in text
    assert next(answers, "asked no more") == "asked no more"
    assert "2 were here already" in _run(people, reviews(2), "--no-input")[0]


def test_another_shop_sees_nothing_of_an_import(people: Personas, reviews: Write) -> None:
    _run(people, reviews(4), *WITH_BASIS)
    with shop_scope(people.other_shop.id):
        assert not ContentItem.objects.exists()
        assert not ImportRun.objects.exists()


def _command(path: Path, slug: str) -> subprocess.Popen[str]:
    settings = connection.settings_dict
    url = os.environ["DATABASE_URL"]
    base, _slash, rest = url.rpartition("/")
    query = rest.partition("?")[2]
    environment = {
        **os.environ,
        "DATABASE_URL": f"{base}/{settings['NAME']}" + (f"?{query}" if query else ""),
        "VOUCHSAFE_TEST_GIVEN": "DATABASE_URL,REDIS_URL",  # the settings take them as they are
        "DJANGO_SETTINGS_MODULE": "project.settings.testing",
    }
    arguments = ["manage.py", "import_reviews", str(path), "--shop", slug, "--json", *WITH_BASIS]
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=PROJECT_ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _kill_after_two_batches(process: subprocess.Popen[str], shop_id: int) -> None:
    """SIGKILL, as a power cut, as soon as two batches are committed."""
    while True:
        with shop_scope(shop_id):
            batches = ImportRun.objects.values_list("batches", flat=True).first() or 0
        if batches >= 2:
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=30)
            return
        try:
            process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"The import ended before it was killed: {process.communicate()}")


@pytest.mark.process
@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_killed_goes_on_without_loss_or_duplicate(tmp_path: Path) -> None:
    people = make_personas()
    shop_id, total = people.shop.id, 20_000
    rows = ((f"r{n}", "Title", f"Text number {n}", n % 5 + 1, f"p{n % 20}") for n in range(total))
    path = write_csv(tmp_path / "many.csv", "id,title,text,rating,product id", rows)
    with _command(path, people.shop.slug) as process:
        _kill_after_two_batches(process, shop_id)
    with shop_scope(shop_id):
        kept = ContentItem.objects.count()
        assert ImportRun.objects.get().rows_read == kept
    assert 0 < kept < total
    assert _shown(people) == 0
    with _command(path, people.shop.slug) as process:
        out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    report = json.loads(out)
    assert (report["resumed_after"], report["rows"], report["created"], report["covered"]) == (
        kept,
        total,
        total,
        total,
    )
    with shop_scope(shop_id):
        assert ContentItem.objects.count() == ContentItem.objects.values("external_id").distinct().count() == total
        assert Licence.objects.count() == LicenceEvent.objects.count() == 1
        news = OutboxRow.objects.filter(shop_id=shop_id, event="ItemsReceived").values_list("data", flat=True)
        told = [item_id for data in news for item_id in data["item_ids"]]
        assert len(told) == len(set(told)) == total
    assert _shown(people) == total


def test_the_suggested_command_refuses_what_its_owner_refused() -> None:
    """Whoever wanted no new products and two countries alone gets just that with the basis added."""
    options = {
        **dict.fromkeys(("source", "encoding", "delimiter", "dates", "language", "markup"), ""),
        "file": "reviews.csv",
        "shop": "demo",
        "format": "auto",
        "column": [],
        "moderate": "pending",
        "spot_check": 0,
        "no_new_products": True,
        "markets": "DK,NL",
    }
    words = command_with_basis(options).replace("'", " ").split()
    assert "--no-new-products" in words
    assert words[words.index("--markets") + 1] == "DK,NL"
    assert "--markets" not in command_with_basis({**options, "markets": "*"})
