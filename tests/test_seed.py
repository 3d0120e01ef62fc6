"""The demo: real reviews through an owner's import, nothing chosen by rating, the same after a second seeding."""

import csv
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.utils import timezone

from project.collection.imports.staging import is_spot_check
from project.content.models import ContentItem, Source
from project.content.rules import State
from project.core.lookups import shop_of_slug
from project.core.publication import publication_number
from project.core.scope import shop_scope
from project.rights import gate
from project.rights.contracts import Audience, Channel, GateQuery
from project.rights.models import Licence, LicenceEvent
from project.runtime.storefront import Storefront
from project.shops.models import Membership, Product
from project.shops.selectors import allowed_origins, shop_facts
from project.shops.services import add_allowed_origin, update_shop
from project.studio import demo
from widgets.selectors import selected_items, selections

DEMO = Path(__file__).resolve().parents[1] / "project" / "runtime" / "demo"


def _shop(slug: str) -> int:
    shop_id = shop_of_slug(slug)
    assert shop_id is not None
    return shop_id


def _audience(shop_id: int, channel: Channel = Channel.SITE) -> Audience:
    return Audience(shop_id=shop_id, channel=channel, markets=("*",), at=timezone.now())


def _rows(name: str) -> list[dict[str, str]]:
    with gzip.open(DEMO / name, "rt", encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


@pytest.fixture
def home(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.VOUCHSAFE_DEMO = True
    settings.VOUCHSAFE_HOME = tmp_path
    monkeypatch.setattr(demo, "COLLECT_SECONDS", 0)  # no worker runs beside this test
    monkeypatch.setenv("STOREFRONT_PORT", "8001")
    monkeypatch.setenv("REPLAY_PORT", "8002")
    return tmp_path


@pytest.fixture
def seeded(db: None, home: Path) -> dict[str, Any]:
    call_command("seed_demo")
    facts: dict[str, Any] = json.loads((home / "demo.json").read_text(encoding="utf-8"))
    return facts


def test_the_demo_is_refused_where_its_known_password_would_be_a_hole(db: None, home: Path, settings: Any) -> None:
    settings.VOUCHSAFE_DEMO = False
    for arguments in ([], ["--addresses"]):
        with pytest.raises(CommandError, match="VOUCHSAFE_DEMO") as refused:
            call_command("seed_demo", *arguments)
        assert refused.value.returncode == 2
    assert shop_of_slug("demo") is None
    assert not (home / "demo.json").exists()


def test_the_demo_shop_holds_the_whole_file_with_its_real_mixture_of_ratings(seeded: dict[str, Any]) -> None:
    rows, shop_id = _rows("womens_clothing.csv.gz"), _shop("demo")
    with shop_scope(shop_id):
        stored = ContentItem.objects.filter(source__kind="file_import").values_list("external_id", "rating")
        assert dict(stored) == {row["row"]: int(row["Rating"]) for row in rows}
        assert Product.objects.count() >= 12
        licence = Licence.objects.get()
        assert LicenceEvent.objects.count() == 1
    assert len(rows) >= 2_500
    assert (licence.basis, licence.terms_url) == ("open_licence", demo.CC0)
    shown = gate.aggregate(_audience(shop_id), GateQuery())
    assert set(shown.histogram) == {1, 2, 3, 4, 5}
    assert all(shown.histogram.values())


def test_about_forty_are_left_to_moderators_by_hash_and_not_by_rating(seeded: dict[str, Any]) -> None:
    with shop_scope(_shop("demo")):
        items = ContentItem.objects.filter(source__kind="file_import")
        pending = set(items.filter(state=State.PENDING).values_list("external_id", flat=True))
        ratings = Counter(items.filter(state=State.PENDING).values_list("rating", flat=True))
    assert 30 <= len(pending) <= 50
    drawn = {
        row["row"] for row in _rows("womens_clothing.csv.gz") if is_spot_check(row["row"], demo.SPOT_CHECK_PERCENT)
    }
    assert pending == drawn
    assert len(ratings) >= 4


def test_nobody_is_invented(seeded: dict[str, Any]) -> None:
    page = gate.published(_audience(_shop("demo")), GateQuery(limit=50))
    assert all((item.credit.kind, item.credit.name) == ("customer", "") for item in page.items)
    assert all(item.credit.detail.isdigit() for item in page.items)
    assert all(item.occurred_at is None for item in page.items)
    assert all(item.verification == "none" for item in page.items)


def test_charlies_larder_has_dates_and_is_another_tenant(seeded: dict[str, Any]) -> None:
    larder = _shop("larder")
    shown = gate.aggregate(_audience(larder), GateQuery())
    assert shown.first is not None
    assert shown.first.year == 2012
    with shop_scope(larder):
        assert ContentItem.objects.count() == len(_rows("fine_food.csv.gz"))
        emails = set(Membership.objects.values_list("user__email", flat=True))
    assert emails == {"charlie@demo.example"}


def test_every_login_works_and_has_its_role(seeded: dict[str, Any]) -> None:
    assert {login["role"] for login in seeded["logins"]} == {"owner", "moderator", "rights_manager", "viewer"}
    for login in seeded["logins"]:
        user = authenticate(email=login["email"], password=login["password"])
        assert user is not None
        with shop_scope(_shop(login["shop"])):
            assert Membership.objects.get(user=user).role == login["role"]


def test_the_selection_holds_ten_published_reviews(seeded: dict[str, Any]) -> None:
    with shop_scope(_shop("demo")):
        selection = selections().get(name=demo.SELECTION)
        items = selected_items(selection.public_id)
    assert len(items) == 10


def test_the_storefront_finds_everything_in_the_demos_file(seeded: dict[str, Any], home: Path) -> None:
    storefront = Storefront(vouchsafe=seeded["vouchsafe"], home=home)
    page = storefront.answer("/").body.decode()
    for widget in ("carousel", "rating_summary", "selection"):
        assert f'widget-id="{seeded["widgets"][widget]}"' in page
    assert f'assistant-id="{seeded["assistant"]}"' in page
    for product in seeded["products"]:
        page = storefront.answer(f"/products/{product['handle']}").body.decode()
        assert f'product="{product["id"]}"' in page
    with shop_scope(_shop("demo")):
        assert seeded["storefront"] in allowed_origins()
        assert Product.objects.filter(url__startswith=seeded["storefront"]).count() == len(seeded["products"])


def test_a_second_seeding_changes_nothing(seeded: dict[str, Any], home: Path) -> None:
    shops = [_shop("demo"), _shop("larder")]
    before = [publication_number(shop_id) for shop_id in shops]
    call_command("seed_demo")
    assert json.loads((home / "demo.json").read_text(encoding="utf-8")) == seeded
    assert [publication_number(shop_id) for shop_id in shops] == before


def test_a_seeding_that_was_cut_off_goes_on(db: None, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(demo, "ensure_assistant", cut_off)
        with pytest.raises(KeyboardInterrupt):
            call_command("seed_demo")
    assert not (home / "demo.json").exists()
    call_command("seed_demo")
    facts = json.loads((home / "demo.json").read_text(encoding="utf-8"))
    assert facts["assistant"]
    with shop_scope(_shop("demo")):
        assert ContentItem.objects.count() == len(_rows("womens_clothing.csv.gz"))
        assert Licence.objects.count() == 1


def test_new_ports_are_taken_over_everywhere(
    seeded: dict[str, Any], home: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setenv("STOREFRONT_PORT", "9001")
    monkeypatch.setenv("REPLAY_PORT", "9002")
    settings.PUBLIC_URL = "http://localhost:9000"
    assert [shop_facts(_shop(slug)).website for slug in demo.SHOPS] == ["http://127.0.0.1:8001"] * 2
    call_command("seed_demo", "--addresses")
    facts = json.loads((home / "demo.json").read_text(encoding="utf-8"))
    assert (facts["vouchsafe"], facts["storefront"]) == ("http://localhost:9000", "http://127.0.0.1:9001")
    assert facts["widgets"] == seeded["widgets"]
    for slug in demo.SHOPS:
        shop_id = _shop(slug)
        assert shop_facts(shop_id).website == "http://127.0.0.1:9001"
        with shop_scope(shop_id):
            assert allowed_origins() == ["http://127.0.0.1:9001"]
    with shop_scope(_shop("demo")):
        assert Source.objects.get(kind="mastodon").config["server"] == "http://127.0.0.1:9002"
        assert not Product.objects.filter(url__contains=":8001").exists()


@pytest.mark.parametrize("arguments", [[], ["--addresses"]])
def test_new_ports_leave_alone_what_the_shops_people_have_set(
    seeded: dict[str, Any], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    """The README has a newcomer allow a page of her own on this machine; it must outlive a start on other ports."""
    shop_id = _shop("demo")
    shop = shop_facts(shop_id)
    add_allowed_origin(shop_id=shop_id, actor_id=None, origin="http://127.0.0.1:8090")
    update_shop(
        shop_id=shop_id,
        actor_id=None,
        name="Linden, Loom & Daughters",
        locale=shop.locale,
        markets=shop.markets,
        time_zone=shop.time_zone,
        website="https://linden.example",
    )
    monkeypatch.setenv("STOREFRONT_PORT", "9001")
    call_command("seed_demo", *arguments)
    changed = shop_facts(shop_id)
    assert (changed.name, changed.website) == ("Linden, Loom & Daughters", "https://linden.example")
    with shop_scope(shop_id):
        assert set(allowed_origins()) == {"http://127.0.0.1:8090", "http://127.0.0.1:9001"}


def test_a_seeding_that_was_cut_off_goes_on_at_other_ports(
    db: None, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(demo, "_reviews", cut_off)
        with pytest.raises(KeyboardInterrupt):
            call_command("seed_demo")
    monkeypatch.setenv("STOREFRONT_PORT", "9001")
    call_command("seed_demo")
    for slug in demo.SHOPS:
        assert shop_facts(_shop(slug)).website == "http://127.0.0.1:9001"
        with shop_scope(_shop(slug)):
            assert allowed_origins() == ["http://127.0.0.1:9001"]


def test_create_shop_makes_an_owner_and_everything_to_embed(
    db: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VOUCHSAFE_PASSWORD", "a long enough password")
    command = ("create_shop", "mine", "--name", "My Shop", "--owner", "olga@example.com")
    call_command(*command, "--origin", "https://www.mine.example/", "--json")
    facts = json.loads(capsys.readouterr().out)
    assert facts["origins"] == ["https://www.mine.example"]
    assert {"carousel", "rating_summary", "wall"} <= set(facts["widgets"])
    assert facts["assistant"].startswith("ast_")
    assert shop_facts(_shop("mine")).name == "My Shop"
    assert authenticate(email="olga@example.com", password="a long enough password") is not None
    call_command("create_shop", "next", *command[2:])
    said = capsys.readouterr().out
    assert "make import FILE=reviews.csv SHOP=next OPTIONS=--dry-run" in said
    assert ' type="carousel"></vouchsafe-widget>' in said
    with pytest.raises(CommandError, match="taken") as taken:
        call_command(*command)
    assert taken.value.returncode == 2


def test_create_shop_needs_a_password_for_a_new_owner_and_leaves_nothing_without(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VOUCHSAFE_PASSWORD", raising=False)
    with pytest.raises(CommandError, match="VOUCHSAFE_PASSWORD"):
        call_command("create_shop", "mine", "--name", "Mine", "--owner", "olga@example.com")
    assert shop_of_slug("mine") is None
    monkeypatch.setenv("VOUCHSAFE_PASSWORD", "a long enough password")
    with pytest.raises(CommandError, match="not valid"):
        call_command("create_shop", "No Slug", "--name", "Mine", "--owner", "olga@example.com")
    assert authenticate(email="olga@example.com", password="a long enough password") is None
