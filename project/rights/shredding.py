"""What rights holds of a person. Ids, codes, times and scopes stay, words and addresses go; so do hashes that
anybody could compute again from what they know of the person. The ledger holds neither: its commitments end with the
author's salt.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from project.core.shredding import Person, Sections, Shredder
from project.rights.contracts import OPEN_REQUEST_STATES, NoticeState, RequestState, WithdrawalRoute
from project.rights.ledger import append_event
from project.rights.models import (
    ConsentRecord,
    Hold,
    Licence,
    LicenceItem,
    Notice,
    PrivacyRequest,
    RequestLink,
    RequestReply,
    RightsRequest,
    StatementOfReasons,
)
from project.rights.outlets import uses_of
from project.rights.persons import licences_of_them_alone, notices_of


def shred(person: Person) -> int:
    """Runs in the erasure's transaction, after the licences have ended."""
    return sum(
        (
            _shred_requests(person),
            _shred_licences(person),
            _shred_consents(person),
            _shred_notices(person),
            _shred_statements(person),
            PrivacyRequest.objects.filter(author_id__in=person.author_pks).update(author=None),
        )
    )


def _shred_requests(person: Person) -> int:
    """No link of theirs opens anything any more, and what was asked and answered is no longer to be read."""
    now = timezone.now()
    requests = RightsRequest.objects.filter(item__public_id__in=person.item_ids)
    pks = list(requests.values_list("pk", flat=True))
    RequestLink.objects.filter(request_id__in=pks, revoked_at=None).update(revoked_at=now)
    waiting = requests.filter(state__in=list(OPEN_REQUEST_STATES))
    ended = sorted(waiting.values_list("public_id", flat=True))
    RightsRequest.objects.filter(public_id__in=ended).update(state=RequestState.CANCELLED, answered_at=now)
    for request_id in ended:
        append_event("cancelled", {"request": request_id, "by": "erasure"})
    nobody = Concat(Value("erased:"), Cast(F("pk"), CharField()), output_field=CharField())
    RequestReply.objects.filter(request_id__in=pks).update(
        external_id=nobody, account_id="", payload={}, payload_sha256=""
    )
    return RightsRequest.objects.filter(pk__in=pks).update(message="", message_sha256="", recipient="", reply_url="")


def _shred_licences(person: Person) -> int:
    LicenceItem.objects.filter(item__public_id__in=person.item_ids).update(media_sha256=[])
    alone = licences_of_them_alone(person.item_ids)
    words = {"attribution_text": "", "moral_rights_note": "", "consideration": ""}
    return Licence.objects.filter(pk__in=alone).update(**words)


def _shred_consents(person: Person) -> int:
    """That a consent was given and to what stays (Art. 7(1)); by whom does not."""
    rows = ConsentRecord.objects.filter(pk__in=_consents(person))
    rows.filter(withdrawn_at=None).update(withdrawn_at=timezone.now(), withdrawn_through=WithdrawalRoute.ERASURE)
    return rows.update(author=None, page_sha256="", address_part="", browser_hash="")


def _consents(person: Person) -> list[int]:
    by_author = ConsentRecord.objects.filter(author_id__in=person.author_pks)
    by_request = ConsentRecord.objects.filter(request__item__public_id__in=person.item_ids)
    return sorted({*by_author.values_list("pk", flat=True), *by_request.values_list("pk", flat=True)})


def _shred_notices(person: Person) -> int:
    """Notices about their content lose their words, for these are about them; who filed one stays, unless they did."""
    pks = list(notices_of(person.item_ids, person.addresses).values_list("pk", flat=True))
    filed = list(notices_of((), person.addresses).values_list("pk", flat=True))
    mine = Notice.objects.filter(item__public_id__in=person.item_ids, by_author=True)
    Notice.objects.filter(pk__in={*filed, *mine.values_list("pk", flat=True)}).update(
        name="", email="", visitor_hash=""
    )
    rows = Notice.objects.filter(pk__in=pks)
    waiting = rows.exclude(state=NoticeState.CLOSED).select_related("item").order_by("pk")
    for notice in waiting:
        append_event("notice_closed", {"notice": notice.public_id, "item": notice.item.public_id, "by": "erasure"})
    rows.exclude(state=NoticeState.CLOSED).update(state=NoticeState.CLOSED)
    return rows.update(explanation="", url="", decision_note="", appeal="")


def _shred_statements(person: Person) -> int:
    """That something was restricted and on which ground stays; what was said about it, by either side, does not."""
    rows = StatementOfReasons.objects.filter(item__public_id__in=person.item_ids)
    return rows.update(facts="", objection="", answer="")


def export(person: Person) -> Sections:
    """Readable by a person: field names say what they hold."""
    items = person.item_ids
    return {
        "permission_requests": [_request(row) for row in _of(RightsRequest, items).order_by("pk")],
        "licences": list(_licences(items)),
        "consents": [_consent(row) for row in ConsentRecord.objects.filter(pk__in=_consents(person)).order_by("pk")],
        "holds": [_hold(row) for row in _of(Hold, items).order_by("pk")],
        "notices": [
            _notice(row, is_theirs=row.email.lower() in person.addresses)
            for row in notices_of(items, person.addresses).select_related("item").order_by("pk")
        ],
        "statements_of_reasons": [_statement(row) for row in _of(StatementOfReasons, items).order_by("pk")],
        "privacy_requests": [
            {
                "id": row.public_id,
                "kind": row.kind,
                "state": row.state,
                "confirmed_by": row.confirmed_by,
                "received_at": row.received_at,
                "due_at": row.due_at,
                "done_at": row.done_at,
                "outcome": row.outcome,
            }
            for row in PrivacyRequest.objects.filter(author_id__in=person.author_pks).order_by("pk")
        ],
        "where_it_is_shown": [
            {"content": item_id, "place": use.outlet, "name": str(use.name), "address": use.url}
            for item_id in items
            for use in uses_of(item_id)
        ],
    }


def _of(model: Any, item_ids: Iterable[str]) -> Any:
    return model.objects.filter(item__public_id__in=item_ids).select_related("item")


def _request(row: RightsRequest) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "content": row.item.public_id,
        "state": row.state,
        "asked_by_way_of": row.way,
        "sent_to": row.recipient,
        "message": row.message,
        "language": row.language,
        "asked_for_channels": row.channels,
        "asked_for_countries": row.markets,
        "asked_for_days": row.days,
        "asked_for_edits": row.modifications,
        "hashtag": row.hashtag,
        "reply_address": row.reply_url,
        "terms_version": row.terms_version,
        "asked_at": row.created_at,
        "sent_at": row.sent_at,
        "reminded_at": row.reminded_at,
        "answered_at": row.answered_at,
        "replies": [
            {
                "id_at_the_source": one.external_id,
                "account_at_the_source": one.account_id,
                "as_it_was_received": one.payload,
                "understood_as": one.verdict,
                "written_at": one.written_at,
            }
            for one in RequestReply.objects.filter(request=row).order_by("pk")
        ],
    }


def _licences(item_ids: Iterable[str]) -> Iterable[dict[str, Any]]:
    covered = LicenceItem.objects.filter(item__public_id__in=item_ids).select_related("item", "licence")
    for row in covered.order_by("pk"):
        licence = row.licence
        yield {
            "id": licence.public_id,
            "content": row.item.public_id,
            "basis": licence.basis,
            "state": licence.state,
            "channels": licence.channels,
            "countries": licence.markets,
            "edits_allowed": licence.modifications,
            "from": licence.starts_at,
            "until": licence.ends_at,
            "ended_at": row.ended_at or licence.ended_at,
            "ended_because": row.end_reason or licence.end_reason,
            "ended_by_way_of": licence.ended_through,
            "exclusive": licence.exclusive,
            "may_be_passed_on": licence.sublicensable,
            "in_return_for": licence.consideration,
            "credit": licence.attribution_text,
            "people_in_the_picture": licence.people_depicted,
            "works_of_others": licence.third_party_works,
            "terms_version": licence.terms_version,
            "terms_address": licence.terms_url,
            "terms_sha256": licence.terms_sha256,
        }


def _consent(row: ConsentRecord) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "given_to": row.controller,
        "purposes": row.purposes,
        "given_by_way_of": row.way,
        "language": row.locale,
        "terms_sha256": row.terms_sha256,
        "network_address_without_its_last_part": row.address_part,
        "given_at": row.given_at,
        "withdrawn_at": row.withdrawn_at,
    }


def _hold(row: Hold) -> dict[str, Any]:
    return {"content": row.item.public_id, "reason": row.reason, "from": row.opened_at, "until": row.closed_at}


def _notice(row: Notice, *, is_theirs: bool) -> dict[str, Any]:
    """Who filed one about them is another person's data, and what they wrote may name them (Art. 15(4)): of theirs
    the words are told, of others' what was claimed and decided. The finding stands in the statement of reasons."""
    told = {
        "id": row.public_id,
        "content": row.item.public_id,
        "filed_by_you": is_theirs,
        "category": row.category,
        "state": row.state,
        "received_at": row.received_at,
        "decided_at": row.decided_at,
        "decision": row.outcome,
        "decided_because": row.reason,
    }
    words = {"explanation": row.explanation, "decision_in_words": row.decision_note, "appeal": row.appeal}
    return {**told, **words} if is_theirs else told


def _statement(row: StatementOfReasons) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "content": row.item.public_id,
        "restriction": row.restriction,
        "reason": row.reason,
        "facts": row.facts,
        "ground": row.ground,
        "reference": row.ground_reference,
        "automated_detection": row.automated_detection,
        "automated_decision": row.automated_decision,
        "from": row.starts_at,
        "until": row.ends_at,
        "told_at": row.told_at,
        "objection": row.objection,
        "answer": row.answer,
    }


SHREDDER = Shredder(
    "rights",
    (
        "rights_request",
        "rights_request_link",
        "rights_request_reply",
        "rights_licence",
        "rights_licence_item",
        "rights_consent",
        "rights_hold",
        "rights_notice",
        "rights_statement",
        "rights_privacy_request",
    ),
    export,
    shred,
)
