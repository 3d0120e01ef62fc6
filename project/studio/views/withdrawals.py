"""Withdrawals: how each came, how fast open pages confirmed it, and what has followed."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from project.rights import selectors as rights
from project.rights.contracts import Receipt
from project.studio.access import Desk, shop_page
from project.studio.frame import page
from project.studio.labels import label_of
from project.studio.paging import page_of
from project.studio.rights_labels import WITHDRAWAL_ROUTES
from project.studio.views.rights import tabs_context
from project.studio.wording import seconds_text


@shop_page()
def withdrawals(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Newest first; figures fill in until the lease of the last copy is over."""
    rows = page_of(rights.withdrawals(), request.GET.get("cursor", ""), newest_first=True)
    context = {
        "tab": "withdrawals",
        "page": rows,
        "entries": [_entry(rights.receipt_of(row)) for row in rows.rows],
        **tabs_context(),
    }
    return page(request, desk, "studio/rights/withdrawals.html", "rights", context)


def _entry(receipt: Receipt) -> dict[str, Any]:
    return {
        "receipt": receipt,
        "route": label_of(WITHDRAWAL_ROUTES, receipt.route),
        "times": {
            name: seconds_text(milliseconds)
            for name, milliseconds in (
                ("median", receipt.median_ms),
                ("p95", receipt.p95_ms),
                ("slowest", receipt.slowest_ms),
            )
            if milliseconds is not None
        },
    }
