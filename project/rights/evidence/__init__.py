"""The evidence pack of a licence: a zip that proves, without us, what was permitted, by whom and when.

``tools/verify_evidence.py`` checks it offline; docs/ledger.md describes what lies in it.
"""

from datetime import UTC, datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.core.change import change
from project.core.errors import Conflict, NotFound
from project.core.scope import shop_scope
from project.rights.evidence.archive import Pack
from project.rights.evidence.chain import Chain, events_about, openings
from project.rights.evidence.records import add_item, add_licence, add_request, add_terms
from project.rights.ledger.heads import latest_head, sign_head
from project.rights.models import Licence, LicenceItem, RightsRequest
from project.shops.contracts import ShopFacts
from project.shops.selectors import shop_facts

FORMAT = "vouchsafe-evidence"
FORMAT_VERSION = 1
# An import's licence may cover a hundred thousand items: all their ids are listed, so many are packed.
MOST_ITEMS = 200
_README = """This is an evidence pack of Vouchsafe.

Check it without a network:  python verify_evidence.py PACK.zip
The program is one file, needs Python and the package "cryptography", and shares no code with Vouchsafe.

manifest.json      every file of this pack with its SHA-256
licence.json       what was permitted
items/             the post as it was licensed, its pictures, its raw record
requests/          how the author was asked, what they answered, their consent
terms/             the terms as they were shown
ledger/events/     the ledger's entries about it, byte for byte
ledger/proofs.json why these entries are under the signed head
ledger/head.json   the signed head; ledger/keys.json the public keys, earlier ones included
stamp/             an independent time stamp over a head, where there is one
commitments.json   what opens the salted hashes in the entries
"""


def evidence_pack(*, shop_id: int, licence_id: str, for_author_of: str | None = None, sign: bool = True) -> bytes:
    """The pack as a zip. ``for_author_of``: the item (public id) whose author it is made for, with that item alone.

    ``sign``: sign the ledger first where it grew; a page that must change nothing says no and packs what is signed.
    Raises :class:`NotFound` for an unknown licence, :class:`Conflict` while its entries are not signed yet.
    """
    if sign:
        sign_head(shop_id=shop_id)
    with shop_scope(shop_id):
        licence = Licence.objects.filter(public_id=licence_id).first()
        if licence is None:
            raise NotFound(_("There is no such licence in this shop."))
        return _pack(shop_facts(shop_id), licence, for_author_of)


def download_evidence(*, shop_id: int, actor_id: int, licence_id: str) -> bytes:
    """The pack for staff, who leave a trace: it holds personal data."""
    pack = evidence_pack(shop_id=shop_id, licence_id=licence_id)
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        unit.audit("evidence.downloaded", "licence", licence_id)
    return pack


def pack_name(licence_id: str) -> str:
    """The file's name: which licence, and the day."""
    return f"evidence-{licence_id}-{datetime.now(UTC):%Y-%m-%d}.zip"


def _pack(shop: ShopFacts, licence: Licence, only: str | None) -> bytes:
    pack, private = Pack(), only is None
    requests = _requests(licence, only)
    chain = _chain(shop, licence, requests)
    pack.add("README.txt", _README.encode())
    add_licence(pack, licence, shop)
    add_terms(pack, licence, requests)
    covered = _covered(pack, licence, only)
    found = content.staff_items().filter(public_id__in=list(covered)).order_by("id")
    items = [(item, covered[item.public_id]) for item in found]
    for item, row in items:
        add_item(pack, item, row, private=private)
    for request in requests:
        add_request(pack, request, private=private)
    chain.add_to(pack)
    pack.add_json("commitments.json", openings(pack, chain.events, items, requests, private=private))
    return pack.zipped(
        {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "log": shop.public_id,
            "log_url": f"{settings.PUBLIC_URL}/log/{shop.public_id}/",
            "shop": shop.name,
            "licence": licence.public_id,
            "made_at": timezone.now(),
            "made_for": "shop" if private else "author",
            "items_included": len(items),
            "entries": [event.number for event in chain.events],
        }
    )


def _requests(licence: Licence, only: str | None) -> list[RightsRequest]:
    rows = RightsRequest.objects.filter(licence=licence).select_related("item").order_by("id")
    return [row for row in rows if only in (None, row.item.public_id)]


def _chain(shop: ShopFacts, licence: Licence, requests: list[RightsRequest]) -> Chain:
    head = latest_head()
    events = events_about([licence.public_id, *(row.public_id for row in requests)], head) if head else []
    if head is None or not any(f'"{licence.public_id}"' in event.body for event in events):
        raise Conflict(_("The proof is not ready yet: the ledger is signed within seconds. Please try again."))
    return Chain(shop.public_id, head, events)


def _covered(pack: Pack, licence: Licence, only: str | None) -> dict[str, LicenceItem]:
    """The rows of the items to pack, by public id, and the list of all that the licence was granted for."""
    coverage = LicenceItem.objects.filter(licence=licence).select_related("item").order_by("id")
    ids = sorted(coverage.values_list("item__public_id", flat=True))
    # Sorted and joined by newlines: its SHA-256 is in the entry of the grant. One author is not told of the others.
    if only is None or ids == [only]:
        pack.add("items.txt", "\n".join(ids).encode())
    rows = coverage if only is None else coverage.filter(item__public_id=only)
    return {row.item.public_id: row for row in rows[:MOST_ITEMS]}
