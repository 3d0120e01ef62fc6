from django.apps import AppConfig


class WidgetsConfig(AppConfig):
    """What shoppers see: widgets, curated selections, the feed, live push, hosted walls."""

    name = "widgets"
    label = "widgets"

    def ready(self) -> None:
        from project.core.links import register_item_links
        from project.core.lookups import register_public_id
        from project.core.shredding import register_later_shredder
        from project.rights.contracts import Channel
        from project.rights.outlets import Outlet, register_outlet
        from widgets import copies, edge_routes, subscribers  # noqa: F401 (registers)
        from widgets.rules import PUBLIC_ID_PREFIX, SELECTION_ID_PREFIX
        from widgets.selectors import hosted_item_links, uses_of
        from widgets.shredding import SHREDDER

        register_public_id(PUBLIC_ID_PREFIX, "widgets.Widget")
        register_public_id(SELECTION_ID_PREFIX, "widgets.Selection")
        register_outlet(Outlet("widgets", Channel.SITE, uses_of))
        register_item_links(hosted_item_links)
        edge_routes.register()
        register_later_shredder(SHREDDER)
