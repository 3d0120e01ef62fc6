"""The right to show: a licence and the items that it covers."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from project.core.ids import PUBLIC_ID_MAX_LENGTH
from project.core.scope import ScopedModel
from project.rights.contracts import (
    Basis,
    EndReason,
    LicenceState,
    PeopleDepicted,
    ThirdPartyWorks,
    WithdrawalRoute,
)
from project.rights.models.fields import choices, codes
from project.rights.rules import NEEDS_CLEARANCE

# The rule is `rules.is_cleared`; that the database holds it too keeps the gate free of a further condition.
_NEEDS_CLEARANCE = sorted(channel.value for channel in NEEDS_CLEARANCE)


class Licence(ScopedModel):
    """A right to show items: channels, markets, period, modifications, on a stated basis.

    ``licensor`` is the author of the items (reached through them), ``licensee`` the shop; what the licence says of
    itself beside scope and period stands here: never exclusive unless stated, revocable, no fee unless stated.
    """

    public_id = models.CharField(max_length=PUBLIC_ID_MAX_LENGTH, unique=True)
    basis = models.CharField(max_length=16, choices=choices(Basis))
    state = models.CharField(max_length=12, choices=choices(LicenceState), default=LicenceState.ACTIVE)
    channels: Any = codes(24)
    markets: Any = codes(2)
    modifications: Any = codes(16)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    exclusive = models.BooleanField(default=False, db_default=False)
    sublicensable = models.BooleanField(default=False, db_default=False)
    revocable = models.BooleanField(default=True, db_default=True)
    consideration = models.CharField(max_length=200, blank=True, db_default="")
    attribution_text = models.CharField(max_length=300, blank=True, db_default="")
    moral_rights_note = models.CharField(max_length=300, blank=True, db_default="")
    people_depicted = models.CharField(
        max_length=20,
        choices=choices(PeopleDepicted),
        default=PeopleDepicted.NONE,
        db_default=PeopleDepicted.NONE.value,
    )
    minor_depicted = models.BooleanField(default=False, db_default=False)
    guardian_consented = models.BooleanField(default=False, db_default=False)
    third_party_works = models.CharField(
        max_length=12,
        choices=choices(ThirdPartyWorks),
        default=ThirdPartyWorks.NONE,
        db_default=ThirdPartyWorks.NONE.value,
    )
    terms_url = models.CharField(max_length=500, blank=True)
    terms_version = models.CharField(max_length=40, blank=True)
    terms_sha256 = models.CharField(max_length=64, blank=True, db_default="")
    terms_locale = models.CharField(max_length=8, blank=True, db_default="")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=12, choices=choices(EndReason), blank=True)
    ended_through = models.CharField(max_length=12, choices=choices(WithdrawalRoute), blank=True, db_default="")
    start_announced = models.BooleanField(default=True)
    end_announced = models.BooleanField(default=False)
    renewal_asked_at = models.DateTimeField(null=True)
    renews = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="renewals")
    created_by = models.ForeignKey("shops.User", null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta(ScopedModel.Meta):
        db_table = "rights_licence"
        indexes = [models.Index(fields=["shop", "state", "id"], name="rights_licence_state")]
        constraints = [
            models.CheckConstraint(
                name="rights_licence_cleared",
                condition=~Q(channels__overlap=_NEEDS_CLEARANCE)
                | (
                    ~Q(people_depicted=PeopleDepicted.UNKNOWN)
                    & ~Q(third_party_works=ThirdPartyWorks.UNKNOWN)
                    & (Q(minor_depicted=False) | Q(guardian_consented=True))
                ),
            )
        ]


class LicenceItem(ScopedModel):
    """One item that a licence covers. One author's withdrawal ends this row and leaves the others.

    ``item_version`` and ``media_sha256``: what exactly was licensed, for items asked about (empty for imports).
    """

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="coverage", db_index=False)
    item = models.ForeignKey(
        "content.ContentItem", on_delete=models.CASCADE, related_name="licence_items", db_index=False
    )
    item_version = models.PositiveIntegerField(null=True)
    media_sha256: Any = ArrayField(models.CharField(max_length=64), default=list, db_default=[])
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=12, choices=choices(EndReason), blank=True)

    class Meta(ScopedModel.Meta):
        db_table = "rights_licence_item"
        constraints = [models.UniqueConstraint(fields=["item", "licence"], name="rights_licence_item_once")]
        indexes = [models.Index(fields=["licence", "item"], name="rights_licence_item_licence")]
