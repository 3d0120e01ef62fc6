from django.apps import AppConfig


class ContentConfig(AppConfig):
    """What customers said: items of every kind, their authors, media, versions and moderation."""

    name = "project.content"
    label = "content"

    def ready(self) -> None:
        from project.content.api_policy import API_POLICY
        from project.content.rules import PUBLIC_ID_PREFIX
        from project.content.shredding import SHREDDER
        from project.content.source_policies import register_source_policy
        from project.core.lookups import register_public_id
        from project.core.shredding import register_shredder

        register_public_id(PUBLIC_ID_PREFIX, "content.ContentItem")
        register_public_id("src", "content.Source")
        register_public_id("med", "content.Media")
        register_public_id("aut", "content.Author")
        register_source_policy(API_POLICY)
        register_shredder(SHREDDER)
