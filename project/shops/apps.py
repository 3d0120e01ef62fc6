from django.apps import AppConfig


class ShopsConfig(AppConfig):
    """Shops, the people who work in them, their keys, origins, products and orders."""

    name = "project.shops"
    label = "shops"

    def ready(self) -> None:
        from project.core.lookups import register_public_id, register_token
        from project.core.shredding import register_shredder
        from project.shops import checks, subscribers  # noqa: F401
        from project.shops.shredding import SHREDDER

        register_public_id("prd", "shops.Product")
        register_public_id("ord", "shops.Order")
        register_public_id("mal", "shops.Mail")
        register_token("invitation", "shops.Invitation", "token_hash")
        register_shredder(SHREDDER)
