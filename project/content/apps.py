from django.apps import AppConfig


class ContentConfig(AppConfig):
    """What customers said: items of every kind, their authors, media, versions and moderation."""

    name = "project.content"
    label = "content"

    def ready(self) -> None:
        from project.content.rules import PUBLIC_ID_PREFIX
        from project.core.lookups import register_public_id

        register_public_id(PUBLIC_ID_PREFIX, "content.ContentItem")
        register_public_id("src", "content.Source")
