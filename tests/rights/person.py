"""One person who left traces along every road there is, and a scanner that finds any of them."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast

from assistant.models import PassageVector
from project.collection.imports.preparing import FileOptions, prepare_file
from project.collection.imports.reports import ImportReport
from project.collection.imports.services import LegalBasis, import_file
from project.collection.services import collect_source, fetch_media
from project.content import selectors as content
from project.content.models import Author, ContentItem, Media, Source
from project.content.rules import State
from project.content.services import (
    approve_items,
    approve_pictures,
    rectify_author,
    reject_items,
    reopen_items,
    tag_items,
)
from project.core.hashing import personal_hash
from project.core.outbox import relay_shop
from project.core.scope import shop_scope
from project.rights.contracts import (
    AuthorChoice,
    Basis,
    Channel,
    ConsentWay,
    Ground,
    NoticeCategory,
    PrivacyKind,
    Restriction,
)
from project.rights.models import ConsentRecord, Notice, RequestReply, RightsRequest, StatementOfReasons
from project.rights.services import ask_permission, grant_licence, grant_request, receive_privacy_request
from project.runtime.replay import Replay, ReplayServer
from project.shops.contracts import OrderInput
from project.shops.services import queue_mail, record_order
from project.shops.services.catalogue import customer_hash
from tests.assistant.helpers import answer_to, index
from tests.collection.peers import make_mastodon
from tests.factories import Personas, make_published, terms
from widgets.services import add_items, create_selection

NAME = "Quilla Featherstonehaugh"
USERNAME = "quillafeather"
EMAIL = "quilla.f@mailbox.example"
NETWORK = "203.0.113.0"
ACCOUNT = str(int.from_bytes(USERNAME.encode()[:7], "big"))
IN_THE_POST, EDITED_OUT, IN_THE_FILE, ELSEWHERE = "brambleweft", "zorbelline", "quixotweed", "mumblecrust"
WORDS = (IN_THE_POST, EDITED_OUT, IN_THE_FILE, ELSEWHERE)
QUESTION = "Is the brambleweft warm?"
POST = {
    "created_at": "2026-10-04T07:42:11.000Z",
    "account": {"username": USERNAME, "display_name": NAME},
    "language": "en",
    "content": f"<p>My {EDITED_OUT} is wonderfully warm. {{tags}}</p>",
    "media": {"file": "knit.png", "description": f"A {IN_THE_POST} on a chair."},
}
OTHER_POST = {
    "created_at": "2026-10-05T07:42:11.000Z",
    "account": {"username": "jonah", "display_name": "Jonah"},
    "language": "en",
    "content": "<p>Rain all week, dry all week. {tags}</p>",
    "media": None,
}


@dataclass
class Traces:
    """What was left. ``needles``: words and bytes that belong to the person alone."""

    people: Personas
    mastodon: Source
    file: Path
    item: str
    imported: str
    others: str
    other_post: str
    token: str
    licence: str
    author_pk: int
    needles: dict[str, bytes] = field(default_factory=dict)

    @property
    def shop_id(self) -> int:
        return self.people.shop.id


def replay() -> Replay:
    return Replay([POST, OTHER_POST])


def leave_traces(people: Personas, server: ReplayServer, folder: Path) -> Traces:
    """Every road, through the real services where this room has one."""
    shop_id = people.shop.id
    mastodon = make_mastodon(shop_id, server)
    item, other_post = _post_and_edit(mastodon, server)
    path = folder / "reviews.csv"
    _file(path)
    import_again(shop_id, path)
    with shop_scope(shop_id):
        imported = ContentItem.objects.get(external_id="file-1").public_id
        author = Author.objects.get(handle__contains=USERNAME)
    # Staff learn the address behind the account: from here on both rows are one person.
    rectify_author(
        shop_id=shop_id,
        actor_id=None,
        author_pk=author.pk,
        display_name=NAME,
        handle=author.handle,
        email=EMAIL.upper(),
    )
    token, licence = _permission(shop_id, item)
    others = make_published(shop_id, 1)[0]
    _moderation(people, item, imported)
    _complaints(shop_id, item, others)
    _around(people, item, author.pk)
    relay_shop(shop_id)  # what is heard of later would delete the answer
    index(shop_id, vectors=True)
    answer, _trace = answer_to(shop_id, QUESTION)
    assert IN_THE_POST in str(answer["claims"])
    traces = Traces(people, mastodon, path, item, imported, others, other_post, token, licence, author.pk)
    traces.needles = _needles(shop_id)
    return traces


def collect_again(source: Source) -> Mapping[str, int]:
    report = collect_source(shop_id=source.shop_id, source_id=source.public_id)
    return {"created": report.counts.created, "refused": report.counts.refused}


def import_again(shop_id: int, path: Path) -> ImportReport:
    return import_file(
        shop_id=shop_id,
        actor_id=None,
        file=prepare_file(path, FileOptions()),
        state=State.APPROVED,
        legal_basis=LegalBasis(basis=Basis.OWNED, terms=terms(channels=(Channel.SITE,))),
    )


def _post_and_edit(source: Source, server: ReplayServer) -> tuple[str, str]:
    """A post with a picture that is edited: words and picture of before are on record, or gone."""
    shop_id = source.shop_id
    collect_source(shop_id=shop_id, source_id=source.public_id)
    _fetch_all(shop_id)
    first, second = server.replay.ids()
    server.replay.edit(first, content=f"<p>My {IN_THE_POST} is wonderfully warm.</p>")
    collect_source(shop_id=shop_id, source_id=source.public_id)
    with shop_scope(shop_id):
        ids = dict(ContentItem.objects.values_list("external_id", "public_id"))
    return ids[first], ids[second]


def _fetch_all(shop_id: int) -> None:
    with shop_scope(shop_id):
        waiting = list(content.pending_media().values_list("public_id", flat=True))
    for media_id in waiting:
        assert fetch_media(shop_id=shop_id, media_id=media_id) == "ready"


def _file(path: Path) -> None:
    rows = [
        ("file-1", "Fine", f"A {IN_THE_FILE} to keep.", 5, NAME, EMAIL),
        ("file-2", "Fine too", "Nothing to add.", 4, "Somebody Else", "else@mailbox.example"),
    ]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "text", "rating", "name", "email"])
        writer.writerows(rows)


def _permission(shop_id: int, item: str) -> tuple[str, str]:
    asked = ask_permission(shop_id=shop_id, actor_id=None, item_id=item, channels=(Channel.SITE,), markets=("*",))
    with shop_scope(shop_id):
        RightsRequest.objects.filter(public_id=asked.public_id).update(
            message=f"Dear {NAME}, may we show your {IN_THE_POST}?",
            message_sha256="a" * 64,
            recipient=EMAIL,
            reply_url=f"https://replay.example/@{USERNAME}/1",
        )
        request = RightsRequest.objects.get(public_id=asked.public_id)
        RequestReply.objects.create(
            request=request,
            external_id=f"reply-{USERNAME}",
            account_id=ACCOUNT,
            payload={"account": {"acct": USERNAME}, "content": f"#yes, {ELSEWHERE}"},
            payload_sha256="b" * 64,
            verdict="granted",
            written_at=datetime.now(UTC),
        )
    licence = grant_request(
        token=asked.token,
        choice=AuthorChoice(channels=(Channel.SITE,), credit_kind="handle", credit_name=f"@{USERNAME}@replay.example"),
    )
    grant_licence(
        shop_id=shop_id,
        actor_id=None,
        basis=Basis.OPEN_LICENCE,
        item_ids=[item],
        terms=terms(channels=(Channel.SITE, Channel.AI_ASSISTANT), attribution_text=f"Photo by {NAME}"),
    )
    with shop_scope(shop_id):
        ConsentRecord.objects.create(
            public_id=f"con_{'0' * 22}",
            author=ContentItem.objects.get(public_id=item).author,
            request=request,
            controller="Linden",
            purposes=["site"],
            terms_sha256="c" * 64,
            page_sha256="d" * 64,
            locale="en",
            way=ConsentWay.CONSENT_PAGE,
            address_part=NETWORK,
            browser_hash=personal_hash(purpose="browser", salt=b"x" * 32, value="a browser"),
        )
    return asked.token, licence


def _moderation(people: Personas, item: str, imported: str) -> None:
    shop_id = people.shop.id
    reject_items(shop_id=shop_id, actor_id=people.bob.pk, item_ids=[item], reason="spam", note=f"{NAME} again")
    reopen_items(shop_id=shop_id, actor_id=people.bob.pk, item_ids=[item])
    approve_items(shop_id=shop_id, actor_id=people.bob.pk, item_ids=[item])
    with shop_scope(shop_id):
        pictures = list(Media.objects.filter(item__public_id=item).values_list("public_id", flat=True))
    approve_pictures(shop_id=shop_id, actor_id=None, item_id=item, media_ids=pictures)
    tag_items(shop_id=shop_id, actor_id=None, item_ids=[imported], tag=USERNAME)
    selection = create_selection(shop_id=shop_id, actor_id=None, name="Winter")
    add_items(shop_id=shop_id, actor_id=None, selection_id=selection, item_ids=[item])


def _complaints(shop_id: int, item: str, others: str) -> None:
    """A notice about them by somebody else, one of theirs about somebody else, and a statement of reasons."""
    with shop_scope(shop_id):
        for about, name, email, number in ((item, "Wilma", "wilma@mailbox.example", 1), (others, NAME, EMAIL, 2)):
            Notice.objects.create(
                public_id=f"ntc_{number:022d}",
                item=ContentItem.objects.get(public_id=about),
                category=NoticeCategory.MISLEADING,
                explanation=f"That {ELSEWHERE} of {NAME} is not true.",
                url=f"https://replay.example/@{USERNAME}",
                name=name,
                email=email,
                in_good_faith=True,
                token_hash=f"{number:064d}",
                decision_note=f"Looked at by {NAME}.",
            )
        StatementOfReasons.objects.create(
            public_id=f"sor_{'0' * 22}",
            item=ContentItem.objects.get(public_id=item),
            restriction=Restriction.NOT_PUBLISHED,
            reason="spam",
            facts=f"{NAME} wrote {EDITED_OUT}.",
            ground=Ground.CONTRACT,
            ground_reference="Terms 3",
        )


def _around(people: Personas, item: str, author_pk: int) -> None:
    shop_id = people.shop.id
    queue_mail(
        shop_id=shop_id, purpose="receipt", to=EMAIL, subject=f"To {NAME}", text=f"Your {IN_THE_POST}.", language="en"
    )
    queue_mail(
        shop_id=shop_id,
        purpose="notice",
        to="wilma@mailbox.example",
        subject="Your notice",
        text=f"What {NAME} wrote stays.",
        language="en",
        about=f"ntc_{1:022d}",
    )
    record_order(
        shop_id=shop_id,
        actor_id=None,
        order=OrderInput(external_id="1001", placed_at=datetime.now(UTC), email=EMAIL, product_external_ids=()),
    )
    receive_privacy_request(shop_id=shop_id, actor_id=None, author_pk=author_pk, kind=PrivacyKind.ACCESS)


def _needles(shop_id: int) -> dict[str, bytes]:
    texts = {
        "name": NAME,
        "first name": "Quilla",
        "surname": "Featherstonehaugh",
        "handle": USERNAME,
        "address": EMAIL,
        "network": NETWORK,
        "account": ACCOUNT,
        "customer": customer_hash(EMAIL),
        **{word: word for word in WORDS},
    }
    found = {name: text.lower().encode() for name, text in texts.items()}
    with shop_scope(shop_id):
        posts = ContentItem.objects.filter(author__email__iexact=EMAIL)
        found |= {f"id {row.pk}": row.external_id.encode() for row in posts}
        for author in Author.objects.filter(email__iexact=EMAIL):
            found[f"salt {author.pk}"] = bytes(author.salt).hex().encode()
        pictures = Media.objects.filter(item__author__email__iexact=EMAIL).exclude(file="")
        for row in pictures:
            found[f"picture {row.pk}"] = (Path(settings.MEDIA_ROOT) / row.file).read_bytes()
            found[f"hash of picture {row.pk}"] = row.sha256.encode()
        vectors = PassageVector.objects.filter(passage__item__author__email__iexact=EMAIL)
        texts_of = vectors.annotate(as_text=Cast("v", TextField())).values_list("pk", "as_text")
        found |= {f"vector {pk}": text.strip("[]").encode() for pk, text in texts_of}
    return found


# --- the scanner -----------------------------------------------------------------------------------


def scan(needles: Mapping[str, bytes]) -> dict[str, set[str]]:
    """Where any byte of the person is: ``place`` → names of the needles found there."""
    found: dict[str, set[str]] = {}
    for place, data in (*_database(), *_files(), *_valkey()):
        low = data.lower()
        hits = {name for name, needle in needles.items() if needle in (data if name.startswith("picture") else low)}
        hits |= {
            name for name, needle in needles.items() if not name.startswith("picture") and needle.hex().encode() in low
        }
        if hits:
            found.setdefault(place, set()).update(hits)
    return found


def _database() -> Iterable[tuple[str, bytes]]:
    """Every column of every row of every table as text, and the samples that the planner keeps of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        for (table,) in cursor.fetchall():
            cursor.execute(_all(table))
            for (row,) in cursor.fetchall():
                yield table, row.encode()
        cursor.execute("SELECT tablename, most_common_vals::text, histogram_bounds::text FROM pg_stats")
        for table, common, bounds in cursor.fetchall():
            yield f"statistics of {table}", f"{common} {bounds}".encode()


def _all(table: str) -> str:
    # The guard of law 9 stands around the tests' statements as well: a condition that it accepts and all rows meet.
    return f"SELECT t::text FROM \"{table}\" t WHERE 'shop_id = 0' <> ''"


def _files() -> Iterable[tuple[str, bytes]]:
    for path in Path(settings.MEDIA_ROOT).rglob("*"):
        if path.is_file():
            yield "media", path.read_bytes()


def _valkey() -> Iterable[tuple[str, bytes]]:
    for number in range(16):
        client: Any = redis.Redis.from_url(settings.REDIS_URL, db=number)
        try:
            for key in client.scan_iter():
                yield f"valkey {number}", key
                for value in _values(client, key):
                    yield f"valkey {number}", value
        finally:
            client.close()


def _values(client: Any, key: bytes) -> Iterable[bytes]:
    kind = client.type(key)
    if kind == b"string":
        yield client.get(key)
    elif kind == b"list":
        yield from client.lrange(key, 0, -1)
    elif kind == b"set":
        yield from client.smembers(key)
    elif kind == b"zset":
        yield from (member for member, _score in client.zrange(key, 0, -1, withscores=True))
    elif kind == b"hash":
        for field_name, value in client.hgetall(key).items():
            yield field_name
            yield value
    elif kind == b"stream":
        for _entry, fields in client.xrange(key):
            for field_name, value in fields.items():
                yield field_name
                yield value
    else:
        raise AssertionError(f"the scanner cannot read a {kind!r}")
