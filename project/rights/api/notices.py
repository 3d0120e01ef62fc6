"""Notices of misuse on the API: whoever shows a shop's items elsewhere passes on what its visitors report."""

from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from project.content.rules import PUBLIC_ID_PREFIX
from project.core.api import OpenViewSet, PublicIdField, StrictSerializer, operation
from project.core.edge.limits import TokenBuckets
from project.rights import services
from project.rights.contracts import NoticeCategory, NoticeInput, NoticeState
from project.rights.notices.forms import visitor_of
from project.rights.notices.links import notice_url
from project.rights.services.notices import EXPLANATION_LENGTH, MOST_URLS, URL_LENGTH


class NoticeIn(StrictSerializer):
    """The fields of DSA Art. 16(2)."""

    item_id = PublicIdField(PUBLIC_ID_PREFIX)
    category = serializers.ChoiceField(choices=list(NoticeCategory))
    explanation = serializers.CharField(max_length=EXPLANATION_LENGTH, help_text="Why it must not be shown.")
    urls = serializers.ListField(
        child=serializers.CharField(max_length=URL_LENGTH),
        min_length=1,
        max_length=MOST_URLS,
        help_text="Where it stands: exact addresses.",
    )
    name = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Needed but for `child_depicted`."
    )
    email = serializers.CharField(
        max_length=254, required=False, allow_blank=True, help_text="Needed but for `child_depicted`."
    )
    by_author = serializers.BooleanField(required=False, help_text="The sender says that they wrote or posted it.")
    in_good_faith = serializers.BooleanField(
        help_text="That the sender believes in good faith that this is accurate and complete; must be true."
    )
    language = serializers.ChoiceField(
        choices=[code for code, _name in settings.LANGUAGES],
        required=False,
        help_text="In which the sender is answered; default: `Accept-Language`.",
    )


class FiledNotice(StrictSerializer):
    """The receipt. `status_url` is the sender's private page; it is told this once."""

    id = serializers.CharField()
    state = serializers.ChoiceField(choices=list(NoticeState))
    hidden = serializers.BooleanField(help_text="Whether the item was hidden at once, before the desk has looked.")
    status_url = serializers.CharField()


class NoticeViewSet(OpenViewSet):
    """Reporting an item. Needs no key: everybody may (DSA Art. 16). With a key the item must be of its shop."""

    visitor_buckets = TokenBuckets(rate=1 / 60, burst=20)

    @operation(_("Report an item"), scope=None, takes=NoticeIn, answer=FiledNotice, status=201)
    def create(self, request: Request) -> Response:
        wanted = self.accepted(NoticeIn)
        filed = services.file_notice(
            notice=_notice(wanted),
            visitor=visitor_of(request),
            only_shop=self.caller.shop_id if self.authenticated else None,
        )
        answer = {
            "id": filed.public_id,
            "state": filed.state,
            "hidden": filed.hidden,
            "status_url": notice_url(filed.token),
        }
        return Response(FiledNotice(answer).data, status=201, headers={"Cache-Control": "no-store"})


def _notice(wanted: Any) -> NoticeInput:
    return NoticeInput(
        item_id=wanted["item_id"],
        category=NoticeCategory(wanted["category"]),
        explanation=wanted["explanation"],
        urls=tuple(wanted["urls"]),
        name=wanted.get("name", ""),
        email=wanted.get("email", ""),
        by_author=wanted.get("by_author", False),
        in_good_faith=wanted["in_good_faith"],
        language=wanted.get("language") or get_language() or settings.LANGUAGE_CODE,
    )
