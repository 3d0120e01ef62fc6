"""`manage.py ask` and `manage.py reindex`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.assistant.helpers import inputs, publish
from tests.factories import Personas, make_published

pytestmark = pytest.mark.django_db


def run(*args: str) -> str:
    out = StringIO()
    call_command(*args, stdout=out)
    return out.getvalue()


def test_ask_prints_what_a_shopper_gets(people: Personas) -> None:
    publish(people.shop.id)
    printed = run("ask", "What do customers say about the fit?", "--shop", people.shop.slug)
    assert "5 of 25 reviews mention “fit”." in printed
    assert "Not everyone agrees, going by stars: 1 of these 5 reviews gave 1 or 2." in printed
    assert "“Strange fit: far too wide in the body and too short in the sleeves. Sent back.”" in printed
    assert "(From customers’ own words)" in printed


def test_ask_prints_json_with_the_trace(people: Personas) -> None:
    publish(people.shop.id)
    body = json.loads(run("ask", "Is it warm?", "--shop", people.shop.slug, "--json"))
    assert body["answer"]["coverage"]["considered"] >= 1
    assert body["trace"]["retrieval"] == "lexical"


def test_ask_says_when_nobody_wrote_about_it(people: Personas) -> None:
    publish(people.shop.id)
    printed = run("ask", "Does it have Bluetooth?", "--shop", people.shop.slug)
    assert "No customer has written about this yet." in printed
    assert "· What do customers say about the fit?" in printed


@pytest.mark.parametrize("arguments", [("fit?", "--shop", "nobody"), (" ", "--shop", "{slug}")])
def test_ask_refuses_in_one_sentence(people: Personas, arguments: tuple[str, ...]) -> None:
    arguments = tuple(argument.format(slug=people.shop.slug) for argument in arguments)
    with pytest.raises(CommandError) as refused:
        run("ask", *arguments)
    assert refused.value.returncode == 2
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("ask", *arguments, "--json", stdout=out)
    assert ended.value.code == 2
    assert set(json.loads(out.getvalue())["error"]) >= {"code", "message"}


def test_reindex_makes_passages_and_vectors(people: Personas) -> None:
    make_published(people.shop.id, inputs())
    (facts,) = json.loads(run("reindex", "--shop", people.shop.slug, "--json"))["shops"]
    assert facts["percent"] == 100
    assert facts["written"] >= 25
    assert "0 passages written" in run("reindex", "--shop", people.shop.slug, "--words-only")
    with pytest.raises(CommandError):
        run("reindex", "--shop", "nobody")
