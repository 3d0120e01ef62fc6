"""The terms of what a shop's own systems hand in through the API."""

from project.content.source_policies import SourcePolicy

API_POLICY = SourcePolicy(
    kind="api",
    may_store=True,
    may_republish=True,
    needs_licence=True,
    in_assistant=True,
    in_json_ld=True,
    keep_days=None,
    attribution="",
    basis_of_terms="Handed in by the shop's own systems with a secret key; each item still needs a licence.",
)
