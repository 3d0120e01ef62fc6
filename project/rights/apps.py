from django.apps import AppConfig


class RightsConfig(AppConfig):
    """Requests, licences, holds, the ledger's events, and the one gate."""

    name = "project.rights"
    label = "rights"

    def ready(self) -> None:
        from project.core.lookups import register_public_id, register_token
        from project.core.shredding import register_shredder
        from project.rights import subscribers as own_subscribers  # noqa: F401
        from project.rights import withdrawal_news  # noqa: F401
        from project.rights.ledger import checks, subscribers  # noqa: F401
        from project.rights.own_data import OwnDataTools, register_own_data_tools
        from project.rights.services.own_requests import erase_own_data, take_own_data
        from project.rights.shredding import SHREDDER

        register_public_id("lic", "rights.Licence")
        register_public_id("req", "rights.RightsRequest")
        register_public_id("rtp", "rights.RequestTemplate")
        register_public_id("hld", "rights.Hold")
        register_public_id("ntc", "rights.Notice")
        register_public_id("sor", "rights.StatementOfReasons")
        register_public_id("wdr", "rights.Withdrawal")
        register_public_id("pri", "rights.PrivacyRequest")
        register_token("rights_request", "rights.RequestLink", "token_hash")
        register_token("notice", "rights.Notice", "token_hash")
        register_shredder(SHREDDER)
        register_own_data_tools(OwnDataTools(take_own_data, erase_own_data))
