"""Reads for the rights desk alone: wordings, how long authors take, what the ledger says of a licence."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Aggregate, DurationField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from project.rights.contracts import AUTHORS_NO, LinkPurpose, RequestState, SendingWay
from project.rights.models import LicenceEvent, LicenceItem, RequestLink, RequestTemplate, RightsRequest
from project.rights.request_rules import REMIND_AFTER
from project.rights.services.confirmation import CODE_HOURS
from project.rights.services.messages import hashtags_of, link_shown
from project.rights.services.terms import privacy_address, terms_address
from project.rights.terms import CURRENT as TERMS_VERSION
from project.rights.wordings import FAMILIES, PHRASES, Wording, render, variants
from project.shops.selectors import shop_facts

EVENTS_SHOWN = 100


class _Median(Aggregate):
    """The middle value; PostgreSQL finds it without handing out the others."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def median_answer_time() -> timedelta | None:
    """How long authors who answered took, in the middle; None while nobody has."""
    answered = RightsRequest.objects.filter(
        state__in=[RequestState.GRANTED, RequestState.DECLINED], sent_at__isnull=False, answered_at__gte=F("sent_at")
    )
    found: timedelta | None = answered.aggregate(median=_Median(F("answered_at") - F("sent_at")))["median"]
    return found


def asked_before(items: QuerySet[Any], what: str) -> QuerySet[Any]:
    """Of items without an open request, those with this behind them: ``never`` (nobody was asked, nothing was
    licensed), ``no_reply`` and ``declined`` (how the last request ended), ``withdrawn`` (by the author), ``ended``
    (a licence that ran out or that others ended)."""
    asked = RightsRequest.objects.filter(item=OuterRef("pk")).exclude(state=RequestState.CANCELLED)
    covered = LicenceItem.objects.filter(item=OuterRef("pk"))
    if what == "never":
        return items.filter(~Exists(asked), ~Exists(covered))
    if what == "withdrawn":
        return items.filter(Exists(covered.filter(end_reason__in=list(AUTHORS_NO))))
    if what == "ended":
        ran_out = Q(licence__ends_at__lte=timezone.now()) | ~Q(end_reason__in=["", *AUTHORS_NO])
        return items.filter(Exists(covered.filter(ran_out)))
    last = Subquery(asked.order_by("-id").values("state")[:1])
    found: QuerySet[Any] = items.annotate(last_asked=last).filter(last_asked=what)
    return found


def own_wordings() -> QuerySet[RequestTemplate]:
    """The shop's own wordings in use, the newest first."""
    return RequestTemplate.objects.filter(active=True).select_related("created_by").order_by("-id")


def wordings_for(way: SendingWay, language: str) -> tuple[Wording, ...]:
    """What can be chosen for this way and language: the shop's own first, then what Vouchsafe brings along."""
    family = FAMILIES[way]
    own = [
        Wording(code=row.public_id, family=family, language=row.language, subject=row.subject, text=row.text)
        for row in own_wordings().filter(way=way, language=language)
    ]
    return (*own, *variants(family, language))


def example_of(text: str, language: str) -> str:
    """A wording filled in for a made-up author, so that staff read it as one would."""
    shop, phrases = shop_facts(), PHRASES[language]
    values = {
        "handle": "@ana",
        "brand": shop.name,
        "media": phrases.media["picture"],
        "channels": phrases.channels["site"],
        "until": phrases.until_withdrawn,
        "hashtag": hashtags_of(shop)[0],
        "link": link_shown(),
        "terms_url": terms_address(shop, version=TERMS_VERSION, locale=language),
        "privacy_url": privacy_address(shop, locale=language),
    }
    return render(text, values)


def may_remind_from(request: RightsRequest) -> datetime | None:
    """From when the one reminder can go out; None where there is none to come."""
    if request.state != RequestState.SENT or request.reminded_at is not None or request.sent_at is None:
        return None
    return request.sent_at + REMIND_AFTER


def awaits_code(request_pk: int) -> bool:
    """Whether the author was shown a code that they now send from their account."""
    since = timezone.now() - timedelta(hours=CODE_HOURS)
    waiting = RequestLink.objects.filter(request_id=request_pk, purpose=LinkPurpose.CONFIRMED, revoked_at=None)
    return waiting.filter(expires_at=F("created_at"), created_at__gt=since).exists()


def ledger_events_of(*ids: str) -> list[dict[str, Any]]:
    """The ledger's events that name one of these public ids, oldest first: number, time, kind."""
    named = Q(pk__in=[])
    for one in ids:
        named |= Q(body__contains=json.dumps(one))
    rows = LicenceEvent.objects.filter(named).order_by("number")[:EVENTS_SHOWN]
    return [{"number": row.number, "at": row.at, "kind": json.loads(row.body)["type"]} for row in rows]
