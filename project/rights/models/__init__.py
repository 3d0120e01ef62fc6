"""Permission: the request, the licence and the hold are three things, never one column."""

from project.rights.contracts import Basis, EndReason, HoldReason, LicenceState, RequestState
from project.rights.models.holds import Hold
from project.rights.models.ledger import HeadStamp, HeadWitness, LedgerHead, LicenceEvent, LogKey, TreeHead
from project.rights.models.licences import Licence, LicenceItem
from project.rights.models.notices import Notice, StatementOfReasons
from project.rights.models.privacy import ConsentRecord, PrivacyRequest, TermsText
from project.rights.models.requests import RequestLink, RequestReply, RequestTemplate, RightsRequest
from project.rights.models.withdrawals import Withdrawal

__all__ = [
    "Basis",
    "ConsentRecord",
    "EndReason",
    "HeadStamp",
    "HeadWitness",
    "Hold",
    "HoldReason",
    "LedgerHead",
    "Licence",
    "LicenceEvent",
    "LicenceItem",
    "LicenceState",
    "LogKey",
    "Notice",
    "PrivacyRequest",
    "RequestLink",
    "RequestReply",
    "RequestState",
    "RequestTemplate",
    "RightsRequest",
    "StatementOfReasons",
    "TermsText",
    "TreeHead",
    "Withdrawal",
]
