"""A shop's licence ledger: what was asked, granted and withdrawn, so that an outsider can check it.

``appending`` writes, ``tree`` is the arithmetic of RFC 9162 (pure), ``stored`` reads hashes from the database,
``heads`` signs with the key of ``keys``, ``verifying`` recomputes everything, ``witnesses`` and ``stamps`` tell others.
"""

from project.rights.ledger.appending import FORMAT_VERSION, append_event

__all__ = ["FORMAT_VERSION", "append_event"]
