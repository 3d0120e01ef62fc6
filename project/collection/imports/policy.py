"""The terms under which content from an owner's own file is kept and shown."""

from project.content.source_policies import SourcePolicy

KIND = "file_import"

POLICY = SourcePolicy(
    kind=KIND,
    may_store=True,
    may_republish=True,
    needs_licence=True,
    in_assistant=True,
    # Marked-up ratings must be the site's own and current; a file from elsewhere does not prove that.
    in_json_ld=False,
    keep_days=None,
    attribution="The author as the file names them.",
    basis_of_terms="The owner states a legal basis for each import; without one nothing of it is shown.",
)
