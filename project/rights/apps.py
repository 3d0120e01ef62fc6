from django.apps import AppConfig


class RightsConfig(AppConfig):
    """Requests, licences, holds, the ledger's events, and the one gate."""

    name = "project.rights"
    label = "rights"

    def ready(self) -> None:
        from project.core.lookups import register_public_id, register_token

        register_public_id("lic", "rights.Licence")
        register_public_id("req", "rights.RightsRequest")
        register_token("rights_request", "rights.RequestLink", "token_hash")
