"""The ledger's part of a pack: entries, proofs, the signed head, keys, a time stamp, and what opens the commitments."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import rfc8785

from project.rights.evidence.archive import Pack
from project.rights.evidence.records import item_folder, request_folder
from project.rights.ledger import commitments
from project.rights.ledger.heads import head_bytes, head_document
from project.rights.ledger.keys import known_keys
from project.rights.ledger.proofs import consistency, inclusion
from project.rights.models import HeadStamp, LicenceEvent, LicenceItem, RightsRequest, TreeHead

if TYPE_CHECKING:
    from project.content.models import ContentItem

# Earlier heads that the pack proves to be continued: what somebody kept can be compared offline.
MOST_HEADS = 200


@dataclass(frozen=True)
class Chain:
    """One head and the entries under it that a pack is about. ``log``: the shop's public id."""

    log: str
    head: TreeHead
    events: Sequence[LicenceEvent]

    def add_to(self, pack: Pack) -> None:
        for event in self.events:
            pack.add(f"ledger/events/{event.number}.json", event.body.encode())
        pack.add("ledger/head.json", head_bytes(head_document(self.head, self.log)))
        pack.add_json("ledger/proofs.json", self._proofs(self.events, self.head))
        pack.add_json("ledger/consistency.json", self._consistency())
        pack.add_json("ledger/keys.json", [_key_record(key) for key in known_keys()])
        self._add_stamp(pack)

    def _proofs(self, events: Iterable[LicenceEvent], head: TreeHead) -> list[dict[str, Any]]:
        return [asdict(inclusion(self.log, event.number, head.tree_size)) for event in events]

    def _consistency(self) -> list[dict[str, Any]]:
        """That the head begins with earlier ones: those that witnesses hold, and the newest."""
        earlier = TreeHead.objects.filter(tree_size__lt=self.head.tree_size).order_by("-tree_size")
        told = earlier.filter(witnesses__told_at__isnull=False).distinct()
        sizes = {head.tree_size for rows in (told, earlier) for head in rows[:MOST_HEADS]}
        return [asdict(consistency(self.log, size, self.head.tree_size)) for size in sorted(sizes)]

    def _add_stamp(self, pack: Pack) -> None:
        """The earliest time stamp over a head that covers the first entry, with proofs into that head."""
        stamps = HeadStamp.objects.filter(head__tree_size__gte=self.events[0].number).select_related("head")
        stamp = stamps.order_by("head__tree_size", "id").first()
        if stamp is None:
            return
        covered = [event for event in self.events if event.number <= stamp.head.tree_size]
        pack.add("stamp/head.json", head_bytes(head_document(stamp.head, self.log)))
        pack.add("stamp/request.tsq", bytes(stamp.request))
        pack.add("stamp/response.tsr", bytes(stamp.response))
        pack.add_json("stamp/proofs.json", self._proofs(covered, stamp.head))


def events_about(public_ids: Iterable[str], head: TreeHead) -> list[LicenceEvent]:
    """The entries under a head that name one of these ids (a licence, its requests)."""
    found: dict[int, LicenceEvent] = {}
    for public_id in public_ids:
        rows = LicenceEvent.objects.filter(number__lte=head.tree_size, body__contains=f'"{public_id}"')
        found |= {event.number: event for event in rows}
    return [found[number] for number in sorted(found)]


def openings(
    pack: Pack,
    events: Iterable[LicenceEvent],
    items: Sequence[tuple["ContentItem", LicenceItem]],
    requests: Sequence[RightsRequest],
    *,
    private: bool,
) -> list[dict[str, Any]]:
    """Salt and document for every commitment that can still be opened; what changed or was erased since cannot."""
    found = []
    for event in events:
        facts = json.loads(event.body)
        sealed: Mapping[str, str] = facts.get("commitments", {})
        for item, covered in items if sealed else ():
            if item.author is None or not item.author.salt:
                continue
            request = next((row for row in requests if row.item.public_id == item.public_id), None)
            for name, document in _documents(facts, item, covered, request).items():
                # The message's document names the recipient.
                if name == "message" and not private:
                    continue
                if sealed.get(name) == commitments.sealed(item.author, name, document):
                    found.append(
                        {
                            "event": event.number,
                            "name": name,
                            "salt": bytes(item.author.salt).hex(),
                            "document": rfc8785.dumps(document).decode(),
                            "files": _files_behind(pack, name, item, request),
                        }
                    )
    return found


def _documents(
    facts: Mapping[str, Any], item: "ContentItem", covered: LicenceItem, request: RightsRequest | None
) -> dict[str, dict[str, Any]]:
    if facts["type"] == "asked":
        is_this = request is not None and facts.get("request") == request.public_id
        return commitments.asked_documents(request, item, covered.item_version) if request and is_this else {}
    return commitments.granted_documents(item, covered, request)


def _files_behind(pack: Pack, name: str, item: "ContentItem", request: RightsRequest | None) -> list[str]:
    """The files whose SHA-256 the document of a commitment names."""
    folder, asked = item_folder(item), request_folder(request) if request else "-"
    behind = {
        "post": [f"{folder}post.json", f"{folder}title.txt", f"{folder}text.txt"],
        "media": pack.under(f"{folder}media/"),
        "message": [f"{asked}message.txt"],
        "reply": pack.under(f"{asked}replies/"),
    }
    return [path for path in behind.get(name, ()) if path in pack.files]


def _key_record(key: Any) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "public_key": key.public_key,
        "valid_from": key.valid_from,
        "retired_at": key.retired_at.isoformat() if key.retired_at else None,
    }
