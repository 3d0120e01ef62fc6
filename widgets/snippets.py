"""What an owner pastes into a page."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.html import escape, format_html
from django.utils.translation import gettext as _

from widgets.addresses import wall_base
from widgets.contracts import WidgetFacts

SCRIPT_PATH = "/embed/v1/embed.js"


@dataclass(frozen=True)
class Snippets:
    """``element``: for pages; ``division``: where a site builder strips custom tags; ``wall``: the
    address to link to.
    """

    element: str
    division: str
    wall: str


def widget_snippets(widget: WidgetFacts, *, product: str = "", category: str = "") -> Snippets:
    """The snippets of a widget; ``product`` (id, external id or handle) and ``category`` as the page would
    state them.

    The type stands in the snippet so that the element keeps its place before anything has been loaded.
    Without JavaScript the link inside leads to the wall.
    """
    script = format_html('<script async src="{}{}"></script>', settings.PUBLIC_URL, SCRIPT_PATH)
    wall = wall_base(widget.id)
    stated = {"type": widget.type, "product": product, "category": category}
    own = "".join(f' {name}="{escape(value)}"' for name, value in stated.items() if value)
    data = "".join(f' data-{name}="{escape(value)}"' for name, value in stated.items() if value)
    link = format_html('<a href="{}">{}</a>', wall, _("See all reviews"))
    return Snippets(
        element=f'{script}\n<vouchsafe-widget widget-id="{widget.id}"{own}>{link}</vouchsafe-widget>',
        division=f'{script}\n<div class="vouchsafe-widget" data-widget-id="{widget.id}"{data}>{link}</div>',
        wall=wall,
    )
