"""R7, P2, P3: the evidence pack verifies offline with one small program, and everything that was altered does not."""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from project.content.contracts import MediaInput
from project.content.models import Author, ContentItem, Media, RawRecord
from project.content.services import receive_items, record_media_ready
from project.core.edge.limits import TokenBuckets
from project.core.errors import Conflict, NotFound
from project.core.hashing import payload_hash, personal_hash
from project.core.models import AuditEntry
from project.core.scope import shop_scope
from project.rights.contracts import ConsentWay, EndReason, ReplyVerdict
from project.rights.evidence import evidence_pack
from project.rights.evidence import views as proof_view
from project.rights.ledger.heads import head_bytes
from project.rights.ledger.stamps import stamp_head
from project.rights.ledger.tree import leaf_hash
from project.rights.ledger.verifying import verify_ledger
from project.rights.models import ConsentRecord, Licence, RequestReply, RightsRequest, TermsText
from project.rights.services import ask_permission, withdraw_licence
from project.runtime.layout import PROJECT_ROOT
from tests.core.outgoing_peer import running_peer
from tests.factories import (
    Personas,
    item_input,
    license_items,
    make_items,
    make_published,
    make_source,
    picture_comes_in,
)
from tests.rights.ledger.authority import Authority
from tests.rights.ledger.helpers import ANA, WORDS, append, bodies, event_of, granted, heads, saved_file, signed

pytestmark = pytest.mark.django_db
PROGRAM = PROJECT_ROOT / "tools" / "verify_evidence.py"
Files = dict[str, bytes]


def files_of(pack: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Files) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def relisted(files: Files) -> Files:
    """The pack of somebody who altered a file and made the manifest fit."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {
        name: {"sha256": sha256(content).hexdigest(), "bytes": len(content)}
        for name, content in files.items()
        if name != "manifest.json"
    }
    return {**files, "manifest.json": json.dumps(manifest).encode()}


def check(folder: Path, pack: bytes, *options: str) -> tuple[int, str]:
    """Run the program as an outsider would: isolated, from an empty folder, with nothing of ours in reach."""
    path = folder / "pack.zip"
    path.write_bytes(pack)
    done = subprocess.run(
        [sys.executable, "-I", str(PROGRAM), str(path), *options],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture
def full(people: Personas) -> tuple[Personas, str, str, str]:
    """Ana's grant with everything that a pack may hold: message, reply, consent, terms, a picture."""
    shop_id = people.shop.id
    (item,) = make_items(
        shop_id, [item_input(author=ANA, text=WORDS, raw={"id": 1, "email": "ana@example.org"}, credit_name="Ana")]
    )
    _picture(shop_id, item)
    terms = "You let the shop show it. You may take it back."
    digest = sha256(terms.encode()).hexdigest()
    ask_permission(shop_id=shop_id, actor_id=None, item_id=item, channels=_site(), markets=("DK",))
    with shop_scope(shop_id):
        TermsText.objects.create(sha256=digest, version="2026-11", locale="en", text=terms)
        RightsRequest.objects.update(
            message="Hi Ana, may we?", recipient="ana@example.org", state="granted", terms_sha256=digest
        )
        request = RightsRequest.objects.get()
        reply = {"id": 9, "content": "#yeslinden"}
        RequestReply.objects.create(
            request=request,
            external_id="9",
            account_id="ana-17",
            payload=reply,
            payload_sha256=payload_hash(reply),
            verdict=ReplyVerdict.GRANTED,
            written_at=timezone.now(),
        )
        ConsentRecord.objects.create(
            public_id="cns_1",
            request=request,
            controller="Linden",
            purposes=["site"],
            terms_sha256=digest,
            page_sha256="0" * 64,
            locale="en",
            way=ConsentWay.CONSENT_PAGE,
            address_part="192.0.2.0",
            browser_hash="1" * 64,
        )
    licence = license_items(shop_id, [item], terms_sha256=digest, terms_version="2026-11")
    with shop_scope(shop_id):
        RightsRequest.objects.update(licence=licence)
    return people, item, licence.public_id, digest


def _site() -> Any:
    from project.rights.contracts import Channel

    return (Channel.SITE,)


def _picture(shop_id: int, item: str) -> str:
    file, content = f"{item[4:20]}.webp", b"RIFF and so on"
    with shop_scope(shop_id):
        media = Media.objects.create(
            public_id=f"med_{item[4:]}", item=ContentItem.objects.get(public_id=item), position=1
        )
    digest = sha256(content).hexdigest()
    record_media_ready(shop_id=shop_id, public_id=media.public_id, file=file, width=1, height=1, sha256=digest)
    django_settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
    (django_settings.MEDIA_ROOT / file).write_bytes(content)
    return file


def test_a_pack_holds_no_picture_that_came_with_a_later_edit(people: Personas) -> None:
    shop_id = people.shop.id
    post = item_input(
        external_id="p1", author=ANA, text=WORDS, media=(MediaInput(remote_url="https://m.example/1.jpg"),)
    )
    (item,) = make_items(shop_id, [post])
    picture_comes_in(shop_id, file="licensed.webp", sha256="a" * 64)
    licence = license_items(shop_id, [item])
    other = (MediaInput(remote_url="https://m.example/2.jpg"),)
    make_items(shop_id, [replace(post, text=f"{WORDS} Edited.", media=other, raw={"edited": True})])
    picture_comes_in(shop_id, file="later.webp", sha256="b" * 64)
    for file in ("licensed.webp", "later.webp"):
        django_settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
        (django_settings.MEDIA_ROOT / file).write_bytes(file.encode())
    names = files_of(evidence_pack(shop_id=shop_id, licence_id=licence.public_id))
    assert not [name for name in names if "later" in name]
    assert json.loads(names[f"items/{item}/item.json"])["media_sha256"] == ["a" * 64]


# --- R7, P2: it verifies --------------------------------------------------------------------------


def test_r7_a_full_pack_verifies_offline(full: tuple[Personas, str, str, str], tmp_path: Path) -> None:
    people, item, licence, digest = full
    pack = evidence_pack(shop_id=people.shop.id, licence_id=licence)
    code, out = check(tmp_path, pack)
    assert code == 0, out
    for said in (
        "VERIFIED.",
        "licence.json says what the ledger's entry of the grant says",
        f"terms/{digest}.txt is the text of the terms",
        "items.txt lists the 1 item(s)",
        "binds the author.",
        f"binds the post (items/{item}/post.json, items/{item}/text.txt, items/{item}/title.txt)",
        "binds the media (items/",
        "binds the reply (requests/",
        "It does not prove",
        "stamp: none in this pack",
    ):
        assert said in out, out
    files = files_of(pack)
    assert files[f"items/{item}/text.txt"].decode() == WORDS
    (consents,) = [json.loads(files[name]) for name in files if name.endswith("consents.json")]
    assert consents[0]["purposes"] == ["site"]
    (request,) = [json.loads(files[name]) for name in files if name.endswith("request.json")]
    assert request["recipient"] == "ana@example.org"


def test_r7_the_road_by_private_link_verifies(people: Personas, tmp_path: Path) -> None:
    item, licence, _token = granted(people)
    withdraw_licence(shop_id=people.shop.id, actor_id=None, licence_id=licence, reason=EndReason.AUTHOR)
    code, out = check(tmp_path, evidence_pack(shop_id=people.shop.id, licence_id=licence))
    assert code == 0, out
    assert "Entries 1, 2, 3, 4 are under the signed head" in out
    assert "Entry 4: withdrawn on" in out
    assert "by page" in out


def test_r7_the_pack_names_who_licensed_it_and_to_whom(people: Personas, tmp_path: Path) -> None:
    _item, licence, _token = granted(people)
    pack = evidence_pack(shop_id=people.shop.id, licence_id=licence)
    files = files_of(pack)
    record, path = json.loads(files["licence.json"]), one(files, "/item.json")
    assert (record["licensee"], record["licensee_id"]) == ("Linden", people.shop.public_id)
    author = {"source": "test", "external_id": "ana-17", "handle": "@ana.l", "name": "Ana Lindqvist"}
    assert json.loads(files[path])["author"] == author
    code, out = check(tmp_path, pack)
    assert code == 0, out
    assert f"names the shop whose ledger this is as the licensee ({people.shop.public_id})" in out
    assert f"{path} names that author as the one who licensed it" in out


def test_r7_the_request_as_it_was_sent_is_in_the_pack_and_bound_by_its_hash(people: Personas, tmp_path: Path) -> None:
    _item, licence, _token = granted(people)
    files = files_of(evidence_pack(shop_id=people.shop.id, licence_id=licence))
    path, message = one(files, "/message.txt"), files[one(files, "/message.txt")]
    with shop_scope(people.shop.id):
        sent = RightsRequest.objects.get()
    assert message.decode() == sent.message
    assert sha256(message).hexdigest() == sent.message_sha256
    code, out = check(tmp_path, zipped(files))
    assert code == 0, out
    assert f"binds the message ({path})" in out
    code, out = check(tmp_path, zipped(relisted({**files, path: message + b" And your pictures, too."})))
    assert code == 1, out
    assert f"binds another message than {path}" in out


def test_p2_the_program_imports_nothing_of_ours() -> None:
    text = PROGRAM.read_text()
    imported = {
        line.split()[1].split(".")[0] for line in text.splitlines() if line.strip().startswith(("import ", "from "))
    }
    assert imported <= set(sys.stdlib_module_names) | {"cryptography", "rfc3161_client"}


def test_the_same_evidence_gives_the_same_bytes(people: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    _item, licence, _token = granted(people)
    now = timezone.now()
    monkeypatch.setattr("project.rights.evidence.timezone.now", lambda: now)
    packs = {evidence_pack(shop_id=people.shop.id, licence_id=licence) for _ in range(2)}
    assert len(packs) == 1


def test_an_imports_licence_is_proved_with_the_list_of_all_it_covers(people: Personas, tmp_path: Path) -> None:
    ids = make_published(people.shop.id, 3)
    with shop_scope(people.shop.id):
        licence = Licence.objects.get().public_id
    pack = evidence_pack(shop_id=people.shop.id, licence_id=licence)
    assert files_of(pack)["items.txt"].decode().split() == sorted(ids)
    code, out = check(tmp_path, pack)
    assert code == 0, out
    assert "Bound by no entry, so nothing proves these: items/" in out


def test_an_edit_after_the_grant_leaves_the_licensed_words_provable(people: Personas, tmp_path: Path) -> None:
    item, licence, _token = granted(people, external_id="post-1")
    receive_items(
        shop_id=people.shop.id,
        actor_id=None,
        source=make_source(people.shop.id),
        items=[item_input(external_id="post-1", author=ANA, text="Changed.", raw={"id": 2})],
    )
    pack = evidence_pack(shop_id=people.shop.id, licence_id=licence)
    files = files_of(pack)
    assert files[f"items/{item}/text.txt"].decode() == WORDS
    assert f"items/{item}/post.json" not in files
    assert json.loads(files[f"items/{item}/post-now.json"]) == {"id": 2}
    code, out = check(tmp_path, pack)
    assert code == 0, out
    assert f"binds the post (items/{item}/text.txt" in out


def test_a_licence_without_a_signed_entry_has_no_proof_yet(people: Personas) -> None:
    _item, licence, _token = granted(people)
    with pytest.raises(Conflict, match="not ready"):
        evidence_pack(shop_id=people.shop.id, licence_id=licence, sign=False)
    assert heads(people.shop.id) == []
    with pytest.raises(NotFound):
        evidence_pack(shop_id=people.other_shop.id, licence_id=licence)


# --- altered packs --------------------------------------------------------------------------------


def changed_json(path: str, change: Callable[[Any], Any]) -> Callable[[Files], Files]:
    def apply(files: Files) -> Files:
        return {**files, path: json.dumps(change(json.loads(files[path]))).encode()}

    return apply


def one(files: Files, ending: str) -> str:
    (path,) = [name for name in files if name.endswith(ending)]
    return path


def wider(licence: dict[str, Any]) -> dict[str, Any]:
    return {**licence, "channels": [*licence["channels"], "paid_ads"]}


def another_author(item: dict[str, Any]) -> dict[str, Any]:
    return {**item, "author": {**item["author"], "name": "Somebody Else"}}


def other_path(proofs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    proofs[0]["path"][0] = "0" * 64
    return proofs


ALTERATIONS: dict[str, tuple[Callable[[Files], Files], str]] = {
    "the licence is wider": (changed_json("licence.json", wider), "licence.json and the ledger differ in: channels"),
    "the licensee": (
        changed_json("licence.json", lambda licence: {**licence, "licensee_id": "shp_other"}),
        "names another licensee than the shop",
    ),
    "the author": (
        lambda files: changed_json(one(files, "/item.json"), another_author)(files),
        "names another author than the ledger's entries bind",
    ),
    "the licence is another": (
        changed_json("licence.json", lambda licence: {**licence, "id": "lic_other"}),
        "holds no grant of this licence",
    ),
    "a word of the post": (
        lambda files: {**files, one(files, "/text.txt"): b"I hate it."},
        "binds another post than",
    ),
    "the raw post": (lambda files: {**files, one(files, "/post.json"): b"{}"}, "binds another post than"),
    "the picture": (lambda files: {**files, one(files, ".webp"): b"another"}, "binds another media than"),
    "the reply": (
        lambda files: {**files, next(name for name in files if "/replies/" in name): b"{}"},
        "binds another reply than",
    ),
    "the terms": (
        lambda files: {**files, next(name for name in files if name.startswith("terms/")): b"Anything goes."},
        "is not the text of the terms",
    ),
    "the items": (lambda files: {**files, "items.txt": b"rev_other"}, "is not the list of items"),
    "an entry": (
        lambda files: {
            **files,
            "ledger/events/2.json": files["ledger/events/2.json"].replace(b'"site"', b'"sita"'),
        },
        "Entry 2 is not under the signed head",
    ),
    "a proof": (changed_json("ledger/proofs.json", other_path), "is not under the signed head"),
    "a proof is left out": (changed_json("ledger/proofs.json", lambda proofs: proofs[1:]), "without a proof"),
    "the head's root": (
        changed_json("ledger/head.json", lambda head: {**head, "root_hash": "0" * 64}),
        "is not validly signed",
    ),
    "the head's time": (
        changed_json("ledger/head.json", lambda head: {**head, "timestamp": head["timestamp"] - 1}),
        "is not validly signed",
    ),
    "the key": (
        changed_json("ledger/keys.json", lambda keys: [{**keys[0], "public_key": "0" * 64}]),
        "is not the key that it says it is",
    ),
    "the key was retired before": (
        changed_json("ledger/keys.json", lambda keys: [{**keys[0], "retired_at": "2020-01-01T00:00:00+00:00"}]),
        "is not validly signed",
    ),
    "the salt": (
        changed_json("commitments.json", lambda openings: [{**openings[0], "salt": "00" * 32}]),
        "does not bind this",
    ),
    "another ledger": (
        changed_json("manifest.json", lambda manifest: {**manifest, "log": "shp_other"}),
        "belongs to another ledger",
    ),
}


@pytest.mark.parametrize("alteration", sorted(ALTERATIONS))
def test_p2_an_altered_pack_fails_even_with_a_manifest_that_fits(
    full: tuple[Personas, str, str, str], tmp_path: Path, alteration: str
) -> None:
    people, _item, licence, _digest = full
    alter, said = ALTERATIONS[alteration]
    files = files_of(evidence_pack(shop_id=people.shop.id, licence_id=licence))
    code, out = check(tmp_path, zipped(relisted(alter(files))))
    assert code == 1, out
    assert said in out
    assert "NOT VERIFIED" in out


def test_a_file_that_the_manifest_does_not_know_or_knows_otherwise_fails(people: Personas, tmp_path: Path) -> None:
    _item, licence, _token = granted(people)
    files = files_of(evidence_pack(shop_id=people.shop.id, licence_id=licence))
    for altered, said in (
        ({**files, "README.txt": b"Believe me."}, "README.txt was altered"),
        ({**files, "extra.txt": b"!"}, "extra.txt is not listed"),
        ({name: content for name, content in files.items() if name != "README.txt"}, "listed but missing"),
    ):
        code, out = check(tmp_path, zipped(altered))
        assert code == 1
        assert said in out


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zip",
        zipped({"a.txt": b"x"}),
        zipped({"manifest.json": b"{"}),
        zipped({"manifest.json": b'{"format": "vouchsafe-evidence", "version": 2}'}),
        zipped(
            {"manifest.json": b'{"format": "vouchsafe-evidence", "version": 1, "files": {}, "shop": "", "licence": ""}'}
        ),
        zipped({"manifest.json": b'{"format": "vouchsafe-evidence", "version": 1}'}),
    ],
)
def test_what_is_no_pack_is_unreadable(tmp_path: Path, content: bytes) -> None:
    code, out = check(tmp_path, content)
    assert code == 2
    assert "cannot be read as an evidence pack" in out


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("flag_bits", 1, "password"), ("compress_type", 99, "compression")],
    ids=["with a password", "packed in a way nobody knows"],
)
def test_a_zip_that_python_cannot_open_is_unreadable_and_says_why(
    tmp_path: Path, field: str, value: int, said: str
) -> None:
    places = {"flag_bits": (6, 8), "compress_type": (8, 10)}[field]  # in a local and a central header (APPNOTE 4.3)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("manifest.json", "{}")
    content = bytearray(buffer.getvalue())
    for signature, place in zip((b"PK\x03\x04", b"PK\x01\x02"), places, strict=True):
        start = content.index(signature) + place
        content[start : start + 2] = value.to_bytes(2, "little")
    code, out = check(tmp_path, bytes(content))
    assert code == 2
    assert "the zip cannot be read" in out
    assert said in out


def test_the_key_can_be_pinned(people: Personas, tmp_path: Path) -> None:
    _item, licence, _token = granted(people)
    pack = evidence_pack(shop_id=people.shop.id, licence_id=licence)
    key = json.loads(files_of(pack)["ledger/head.json"])["key_id"]
    assert check(tmp_path, pack, "--key", key)[0] == 0
    assert check(tmp_path, pack, "--key", "0" * 64)[0] == 1


def without_the_withdrawal(files: Files) -> Files:
    """Entry and proof, as somebody would take them out who wants a licence to look alive."""
    number = next(
        json.loads(body)["number"]
        for name, body in files.items()
        if name.startswith("ledger/events/") and json.loads(body)["type"] == "withdrawn"
    )
    left = {name: body for name, body in files.items() if name != f"ledger/events/{number}.json"}
    return changed_json("ledger/proofs.json", lambda proofs: [proof for proof in proofs if proof["number"] != number])(
        left
    )


def test_an_entry_that_was_left_out_is_missed_and_where_it_cannot_be_that_is_said(
    people: Personas, tmp_path: Path
) -> None:
    _item, licence, _token = granted(people)
    withdraw_licence(shop_id=people.shop.id, actor_id=None, licence_id=licence, reason=EndReason.AUTHOR)
    files = without_the_withdrawal(files_of(evidence_pack(shop_id=people.shop.id, licence_id=licence)))
    code, out = check(tmp_path, zipped(relisted(files)))
    assert (code, "NOT VERIFIED" in out) == (1, True), out
    assert "Entries 4 are named in the manifest and left out of this pack." in out

    # With a manifest that fits nothing shows it, and the program does not pretend otherwise.
    fitting = changed_json("manifest.json", lambda manifest: {**manifest, "entries": [1, 2, 3]})
    code, out = check(tmp_path, zipped(relisted(fitting(files))))
    assert code == 0, out
    said = " ".join(out.split())
    assert "It cannot show what was left out of it: of the 4 entries under this head it holds 3" in said
    assert f"all entries up to entry 4 that name {licence}" in said


# --- heads kept earlier ---------------------------------------------------------------------------


def test_a_head_that_was_kept_is_compared_offline(people: Personas, tmp_path: Path) -> None:
    append(people.shop.id, 3)
    kept = signed(people.shop)
    _item, licence, _token = granted(people)
    pack = evidence_pack(shop_id=people.shop.id, licence_id=licence)
    same = json.loads(files_of(pack)["ledger/head.json"])
    for head, said in ((kept, "only grew between 3 and 6 entries"), (same, "It is the head that you kept")):
        code, out = check(tmp_path, pack, "--head", str(saved_file(tmp_path, head)))
        assert code == 0, out
        assert said in out
    proofs = changed_json("ledger/consistency.json", other_path)
    code, out = check(tmp_path, zipped(relisted(proofs(files_of(pack)))), "--head", str(saved_file(tmp_path, kept)))
    assert code == 1
    assert "FORKED" in out


def test_a_later_head_needs_the_proof_that_the_log_gives(people: Personas, tmp_path: Path) -> None:
    _item, licence, _token = granted(people)
    pack = evidence_pack(shop_id=people.shop.id, licence_id=licence)
    append(people.shop.id, 2)
    kept = str(saved_file(tmp_path, signed(people.shop)))
    code, out = check(tmp_path, pack, "--head", kept)
    assert code == 1
    assert "could not be compared" in out
    proof = tmp_path / "proof.json"
    proof.write_bytes(Client().get(f"/log/{people.shop.slug}/consistency?first=3&second=5").content)
    code, out = check(tmp_path, pack, "--head", kept, "--consistency", str(proof))
    assert code == 0, out
    assert "only grew between 3 and 5" in out


def test_a_head_of_another_ledger_or_key_is_refused(people: Personas, tmp_path: Path) -> None:
    _item, licence, _token = granted(people)
    append(people.other_shop.id, 1)
    pack = evidence_pack(shop_id=people.shop.id, licence_id=licence)
    head = json.loads(files_of(pack)["ledger/head.json"])
    for wrong, said in (
        (signed(people.other_shop), "belongs to another ledger"),
        ({**head, "root_hash": "1" * 64}, "not signed by a key"),
    ):
        code, out = check(tmp_path, pack, "--head", str(saved_file(tmp_path, wrong)))
        assert code == 1
        assert said in out
    assert check(tmp_path, pack, "--head", str(tmp_path / "none.json"))[0] == 2


# --- the stamp ------------------------------------------------------------------------------------


def test_p2_a_stamp_is_checked_with_the_authoritys_roots(people: Personas, tmp_path: Path, settings: Any) -> None:
    _item, licence, _token = granted(people)
    data, authority = head_bytes(signed(people.shop)), Authority()
    roots, other = tmp_path / "roots.pem", tmp_path / "other.pem"
    roots.write_bytes(authority.root_pem)
    other.write_bytes(Authority().root_pem)
    with running_peer() as peer:
        peer.routes["/tsa"] = authority.serve
        settings.VOUCHSAFE_OUTGOING_ALLOW = [f"127.0.0.1:{peer.port}"]
        settings.VOUCHSAFE_STAMP_AUTHORITY, settings.VOUCHSAFE_STAMP_ROOTS = peer.url("/tsa"), str(roots)
        with shop_scope(people.shop.id):
            stamp_head(heads(people.shop.id)[0], data)
    append(people.shop.id, 2)
    pack = evidence_pack(shop_id=people.shop.id, licence_id=licence)
    code, out = check(tmp_path, pack)
    assert code == 0, out
    assert "stamp: not checked" in out
    code, out = check(tmp_path, pack, "--tsa-roots", str(roots))
    assert code == 0, out
    assert "stamp: an authority signed that the head over 3 entries existed on" in out
    code, out = check(tmp_path, pack, "--tsa-roots", str(other))
    assert code == 1
    files = files_of(pack)
    for name, content in (
        ("stamp/request.tsq", files["stamp/request.tsq"][:-6] + b"\x01" + files["stamp/request.tsq"][-5:]),
        ("stamp/response.tsr", files["stamp/response.tsr"][:-1] + b"\0"),
        ("stamp/head.json", files["ledger/head.json"]),
    ):
        code, out = check(tmp_path, zipped(relisted({**files, name: content})), "--tsa-roots", str(roots))
        assert code == 1, name


def test_without_the_library_the_stamp_is_not_checked(tmp_path: Path) -> None:
    """The sentence stands in the program; that it is reached is shown by taking the library away."""
    script = (
        "import importlib.util, sys; sys.modules['rfc3161_client'] = None\n"
        f"spec = importlib.util.spec_from_file_location('v', {str(PROGRAM)!r})\n"
        "v = importlib.util.module_from_spec(spec); spec.loader.exec_module(v)\n"
        "class P:\n"
        "    files = {'stamp/response.tsr': b''}\n"
        "    def json(self, path): return []\n"
        "v.is_signed = lambda head, keys: True\n"
        "v.check_entries = lambda *a: {}\n"
        "v.check_stamp(P(), {}, '', v.Report())\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "stamp: not checked (install rfc3161-client" in done.stdout


# --- P3: erasure ----------------------------------------------------------------------------------


def test_p3_after_an_erasure_every_proof_holds_and_no_commitment_can_be_made_again(
    people: Personas, tmp_path: Path
) -> None:
    item, licence, _token = granted(people)
    before = signed(people.shop)
    kept = event_of(people.shop.id, "granted")
    with shop_scope(people.shop.id):
        Author.objects.update(salt=b"", external_id="", display_name="", handle="", profile_url="")
        ContentItem.objects.update(text="", title="", credit_name="")
        RawRecord.objects.all().delete()
    append(people.shop.id, 1)
    assert verify_ledger(shop_id=people.shop.id, saved=[before]).verified
    pack = evidence_pack(shop_id=people.shop.id, licence_id=licence)
    code, out = check(tmp_path, pack, "--head", str(saved_file(tmp_path, before)))
    assert code == 0, out
    files = files_of(pack)
    assert json.loads(files["commitments.json"]) == []
    assert "Not opened by this pack (left out, changed since, or erased): author of entry 1" in out
    assert not [name for name, content in files.items() if WORDS.encode() in content or b"ana-17" in content]
    # Whoever knows the words and the account, but not the salt, cannot make the hash again.
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM content_author WHERE shop_id = %s AND length(salt) > 0", [people.shop.id])
        assert cursor.fetchone()[0] == 0
    document = '{"external_id":"ana-17","handle":"@ana.l","name":"Ana Lindqvist","source":"test"}'
    guesses = {personal_hash(purpose="ledger.author", salt=salt, value=document) for salt in (b"", bytes(32))}
    assert kept["commitments"]["author"] not in guesses


# --- who gets it ----------------------------------------------------------------------------------


def test_the_author_gets_their_proof_by_their_link(people: Personas, tmp_path: Path) -> None:
    _item, licence, token = granted(people)
    client = Client()
    early = client.get(f"/c/{token}/proof.zip")
    assert early.status_code == 409
    assert "not ready yet" in early.content.decode()
    signed(people.shop)
    response = client.get(f"/c/{token}/proof.zip")
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert licence in response["Content-Disposition"]
    code, out = check(tmp_path, response.content)
    assert code == 0, out


def test_a_forwarded_link_shows_no_more_than_the_page(full: tuple[Personas, str, str, str], tmp_path: Path) -> None:
    people, item, licence, _digest = full
    signed(people.shop)
    pack = evidence_pack(shop_id=people.shop.id, licence_id=licence, for_author_of=item)
    words = b"".join(files_of(pack).values())
    for private in (b"ana@example.org", b"192.0.2.0", b"1" * 64):
        assert private not in words
    code, out = check(tmp_path, pack)
    assert code == 0, out
    assert f"binds the post (items/{item}/text.txt" in out


def test_one_author_is_not_told_of_the_others(people: Personas) -> None:
    first, second = make_items(people.shop.id, [item_input(author=ANA), item_input(text="Second secret.")])
    licence = license_items(people.shop.id, [first, second])
    pack = evidence_pack(shop_id=people.shop.id, licence_id=licence.public_id, for_author_of=first)
    words = b"".join(files_of(pack).values())
    assert second.encode() not in words
    assert b"Second secret." not in words


def test_a_link_without_a_grant_proves_nothing(people: Personas) -> None:
    (item,) = make_items(people.shop.id, [item_input()])
    made = ask_permission(shop_id=people.shop.id, actor_id=None, item_id=item, channels=_site(), markets=("DK",))
    assert Client().get(f"/c/{made.token}/proof.zip").status_code == 404
    assert Client().get("/c/nobody/proof.zip").status_code == 404


def test_a_link_cannot_keep_the_server_packing(people: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    _item, _licence, token = granted(people)
    signed(people.shop)
    monkeypatch.setattr(proof_view, "_buckets", TokenBuckets(rate=0.001, burst=1))
    statuses = [Client().get(f"/c/{token}/proof.zip").status_code for _ in range(2)]
    assert statuses == [200, 429]


def test_staff_download_it_and_leave_a_trace(people: Personas, tmp_path: Path) -> None:
    _item, licence, _token = granted(people)
    address = f"/studio/{people.shop.slug}/rights/licences/{licence}/evidence/"
    client = Client()
    client.force_login(people.victor)
    assert client.post(address).status_code == 403
    client.force_login(people.rita)
    page = client.get(f"/studio/{people.shop.slug}/rights/licences/{licence}/").content.decode()
    assert f'action="{address}"' in page
    response = client.post(address)
    assert check(tmp_path, response.content)[0] == 0
    assert "no-store" in response["Cache-Control"]
    entry = AuditEntry.objects.filter(shop_id=people.shop.id, action="evidence.downloaded").get()
    assert (entry.actor_id, entry.object_id) == (people.rita.pk, licence)


def test_leaves_of_a_pack_are_the_bodies_byte_for_byte(people: Personas) -> None:
    _item, licence, _token = granted(people)
    files = files_of(evidence_pack(shop_id=people.shop.id, licence_id=licence))
    proofs = json.loads(files["ledger/proofs.json"])
    for proof, body in zip(proofs, bodies(people.shop.id), strict=True):
        assert files[f"ledger/events/{proof['number']}.json"] == body.encode()
        assert proof["leaf_hash"] == leaf_hash(body.encode()).hex()
