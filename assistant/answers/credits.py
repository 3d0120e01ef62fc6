"""How a citation names its author and what ties the author to the shop. Codes become words here."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from project.content.rules import CreditKind, MaterialConnection
from project.rights.contracts import PublishedItem

_DISCLOSURES: Mapping[str, str | Promise] = {
    MaterialConnection.FREE_PRODUCT: gettext_lazy("Received the product for free"),
    MaterialConnection.DISCOUNT: gettext_lazy("Received a discount"),
    MaterialConnection.PAYMENT: gettext_lazy("Paid partnership"),
    MaterialConnection.SWEEPSTAKES: gettext_lazy("Entered a prize draw for this"),
    MaterialConnection.LOYALTY: gettext_lazy("Received loyalty points"),
    MaterialConnection.EMPLOYEE: gettext_lazy("Works for the shop"),
    MaterialConnection.OFFICER: gettext_lazy("Has a leading position in the shop"),
    MaterialConnection.FAMILY: gettext_lazy("Related to the shop's staff"),
    MaterialConnection.AGENT: gettext_lazy("Acts for the shop"),
    MaterialConnection.AFFILIATE: gettext_lazy("Earns a commission on sales"),
    MaterialConnection.INVESTOR: gettext_lazy("Has invested in the shop"),
}


def credit_line(item: PublishedItem, *, language: str) -> str:
    """Return who said it, as the author let themselves be named: "Vera H.", "A customer, 39"."""
    credit = item.credit
    with override(language):
        if credit.kind == CreditKind.CUSTOMER:
            name = _("A customer")
        elif credit.kind == CreditKind.HANDLE and not credit.name.startswith("@"):
            name = f"@{credit.name}"
        else:
            name = credit.name
        return _("%(name)s, %(detail)s") % {"name": name, "detail": credit.detail} if credit.detail else name


def disclosure_label(item: PublishedItem, *, language: str) -> str:
    """Return the words of a material connection, "" where there is none."""
    if item.disclosure == MaterialConnection.NONE:
        return ""
    with override(language):
        known = _DISCLOSURES.get(item.disclosure)
        # A connection this version has no words for is still a connection.
        return str(known) if known is not None else _("Connected with the shop")
