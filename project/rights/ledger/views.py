"""The ledger's public side under ``/log/{shop}/``: heads, proofs, keys, and a page that says what they are.

For anybody, from any page: nothing here is personal and nothing depends on who asks. What names its sizes never changes
and may be cached for ever; what says "newest" for some seconds.
"""

import re
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from project.core.edge.limits import TokenBuckets, TooManyRequests, client_key
from project.core.errors import InvalidInput, NotFound, VouchsafeError
from project.core.lookups import shop_of_shop_id, shop_of_slug
from project.core.scope import shop_scope
from project.rights.ledger import proofs
from project.rights.ledger.heads import head_document, latest_head
from project.rights.ledger.keys import known_keys
from project.shops.contracts import ShopFacts
from project.shops.selectors import shop_facts

FOR_EVER = "public, max-age=31536000, immutable"
FOR_SECONDS = "public, max-age=5"
FOR_A_MINUTE = "public, max-age=60"
SEARCH_COST = 10.0
_LEAF_HASH = re.compile(r"^[0-9a-f]{64}$")
_NUMBER = re.compile(r"^[0-9]{1,15}$")
_buckets = TokenBuckets(rate=10, burst=120)

LogView = Callable[[HttpRequest, ShopFacts], HttpResponse]


def _public(view: LogView) -> Callable[..., HttpResponse]:
    """Find the shop, count the caller, answer refusals as JSON, and let any page read the answer."""

    @wraps(view)
    @require_safe
    def enter(request: HttpRequest, shop: str) -> HttpResponse:
        try:
            _take(request, 1.0)
            facts = _shop(shop)
            with shop_scope(facts.id):
                response = view(request, facts)
        except VouchsafeError as error:
            if error.status >= 500:
                raise
            response = JsonResponse(error.to_dict(), status=error.status)
            response["Cache-Control"] = FOR_SECONDS if error.status == 404 else "no-store"
            if isinstance(error, TooManyRequests):
                response["Retry-After"] = str(error.retry_after)
        response["Access-Control-Allow-Origin"] = "*"
        return response

    return enter


@_public
def sth(request: HttpRequest, shop: ShopFacts) -> HttpResponse:
    """``?size=``: the head over so many entries, else the newest."""
    size = _integer(request, "size")
    head = proofs.newest_head() if size is None else proofs.signed_head(size)
    return _answer(head_document(head, shop.public_id), FOR_SECONDS if size is None else FOR_EVER)


@_public
def proof(request: HttpRequest, shop: ShopFacts) -> HttpResponse:
    """``?leaf=&size=``: an entry's number or leaf hash (else the newest entry), and the tree's size (else newest)."""
    size = _integer(request, "size")
    leaf = request.GET.get("leaf", "")
    wanted = proofs.newest_head().tree_size if size is None else size
    found = proofs.inclusion(shop.public_id, _entry(request, leaf, wanted), wanted)
    body = {"log": shop.public_id, **asdict(found), "leaf_index": found.number - 1}
    return _answer(body, FOR_EVER if leaf and size is not None else FOR_SECONDS)


@_public
def consistency(request: HttpRequest, shop: ShopFacts) -> HttpResponse:
    """``?first=&second=``: without them from the first entry to the newest head."""
    first, second = _integer(request, "first"), _integer(request, "second")
    wanted = proofs.newest_head().tree_size if second is None else second
    found = proofs.consistency(shop.public_id, 1 if first is None else first, wanted)
    return _answer({"log": shop.public_id, **asdict(found)}, FOR_SECONDS if second is None else FOR_EVER)


@_public
def keys(request: HttpRequest, shop: ShopFacts) -> HttpResponse:
    """Every public key that signs, or signed, heads."""
    rows = [
        {
            "key_id": key.key_id,
            "algorithm": "Ed25519",
            "public_key": key.public_key,
            "valid_from": key.valid_from.isoformat(),
            "retired_at": key.retired_at.isoformat() if key.retired_at else None,
        }
        for key in known_keys()
    ]
    return _answer({"log": shop.public_id, "keys": rows}, FOR_A_MINUTE)


@require_safe
def about(request: HttpRequest, shop: str) -> HttpResponse:
    """What this is and how to check it, for people."""
    _take(request, 1.0)
    facts = _shop(shop)
    with shop_scope(facts.id):
        head = latest_head()
    context = {
        "shop": facts,
        "head": head,
        "document": head_document(head, facts.public_id) if head else None,
        "base": f"{settings.PUBLIC_URL}/log/{facts.public_id}",
    }
    response = render(request, "rights/log.html", context)
    response["Cache-Control"] = FOR_A_MINUTE
    return response


def _shop(reference: str) -> ShopFacts:
    """The shop by public id or slug (a slug has no underscore)."""
    shop_id = shop_of_shop_id(reference) if "_" in reference else shop_of_slug(reference)
    if shop_id is None:
        raise NotFound(_("There is no ledger under this address."))
    return shop_facts(shop_id)


def _entry(request: HttpRequest, leaf: str, newest: int) -> int:
    if not leaf:
        return newest
    if _LEAF_HASH.match(leaf):
        _take(request, SEARCH_COST)
        return proofs.number_of_leaf(leaf)
    if _NUMBER.match(leaf):
        return int(leaf)
    raise InvalidInput(
        _("Name the entry by its number or by its leaf hash of 64 hexadecimal digits."),
        fields={"leaf": [_("A number or a hash.")]},
    )


def _integer(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    if not _NUMBER.match(text):
        raise InvalidInput(_("Sizes are whole numbers."), fields={name: [_("Write a whole number.")]})
    return int(text)


def _take(request: HttpRequest, cost: float) -> None:
    wait = _buckets.take(client_key(request.META.get("REMOTE_ADDR", "")), cost)
    if wait:
        raise TooManyRequests(wait, _("Too many requests. Wait a moment, then try again."))


def _answer(body: dict[str, Any], cache: str) -> HttpResponse:
    response = JsonResponse(body)
    response["Cache-Control"] = cache
    return response
