from django.apps import AppConfig


class CollectionConfig(AppConfig):
    """The ways in: sources that are read on schedule, file imports."""

    name = "project.collection"
    label = "collection"

    def ready(self) -> None:
        from project.collection import subscribers  # noqa: F401
        from project.collection.imports.policy import POLICY as FILE_IMPORT
        from project.collection.senders import register_senders
        from project.collection.shredding import SHREDDER
        from project.collection.sources.registry import register_policies
        from project.content.source_policies import register_source_policy
        from project.core.outgoing import checks  # noqa: F401
        from project.core.shredding import register_later_shredder

        register_policies()
        register_senders()
        register_source_policy(FILE_IMPORT)
        register_later_shredder(SHREDDER)
