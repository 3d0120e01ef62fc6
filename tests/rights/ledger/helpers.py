"""Makers of ledgers, and the hand of somebody who may write past the database's guard."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import connection

from project.content.contracts import AuthorInput
from project.content.rules import CreditKind
from project.content.services import approve_items
from project.core.scope import shop_scope
from project.rights.contracts import AuthorChoice, Channel
from project.rights.ledger import append_event
from project.rights.ledger.heads import head_document, sign_head
from project.rights.models import LicenceEvent, TreeHead
from project.rights.services import ask_permission, grant_request
from project.shops.contracts import ShopFacts
from tests.factories import Personas, item_input, make_items

ANA = AuthorInput(external_id="ana-17", display_name="Ana Lindqvist", handle="@ana.l", profile_url="https://a.example/")
WORDS = "The wool is soft; I wear it every day. Tak!"


def append(shop_id: int, count: int) -> None:
    with shop_scope(shop_id):
        for n in range(count):
            append_event("cancelled", {"request": f"req_{n}"})


def signed(shop: ShopFacts) -> dict[str, Any]:
    """Sign what is there; the head as it is published."""
    head = sign_head(shop_id=shop.id)
    assert head is not None
    return head_document(head, shop.public_id)


def bodies(shop_id: int) -> list[str]:
    with shop_scope(shop_id):
        return list(LicenceEvent.objects.order_by("number").values_list("body", flat=True))


def heads(shop_id: int) -> list[TreeHead]:
    with shop_scope(shop_id):
        return list(TreeHead.objects.order_by("tree_size"))


def past_the_guard(sql: str, params: Sequence[Any]) -> int:
    """Run a statement as a superuser who switched the triggers off; returns the rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            cursor.execute(sql, params)
            return int(cursor.rowcount)
        finally:
            cursor.execute("SET session_replication_role = origin")


def rewrite(shop_id: int, number: int, body: str) -> None:
    touched = past_the_guard(
        "UPDATE rights_licence_event SET body = %s WHERE shop_id = %s AND number = %s", [body, shop_id, number]
    )
    assert touched == 1


def granted(people: Personas, **values: Any) -> tuple[str, str, str]:
    """Ana's post, asked for and granted: item, licence and token."""
    given = {"author": ANA, "text": WORDS, "raw": {"id": 1, "content": WORDS}, "credit_kind": CreditKind.HANDLE}
    (item,) = make_items(people.shop.id, [item_input(credit_name="@ana.l", **{**given, **values})])
    approve_items(shop_id=people.shop.id, actor_id=people.bob.pk, item_ids=[item])
    made = ask_permission(
        shop_id=people.shop.id, actor_id=people.rita.pk, item_id=item, channels=(Channel.SITE,), markets=("DK",)
    )
    choice = AuthorChoice(channels=(Channel.SITE,), credit_kind="handle", credit_name="@ana.l")
    return item, grant_request(token=made.token, choice=choice), made.token


def event_of(shop_id: int, kind: str) -> dict[str, Any]:
    """The newest entry of a kind."""
    found = [json.loads(body) for body in bodies(shop_id)]
    return [facts for facts in found if facts["type"] == kind][-1]


def saved_file(folder: Path, *documents: dict[str, Any]) -> Path:
    path = folder / "kept.jsonl"
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return path


def texts_in(body: str) -> list[str]:
    """Every string of an entry."""
    return re.findall(r'"((?:[^"\\]|\\.)*)"', body)
