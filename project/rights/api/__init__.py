"""``/api/v1/published/``, ``rights-requests/``, ``licences/``, ``holds/``, ``notices/`` and ``statements/``."""

from project.rights.api.holds import HoldViewSet
from project.rights.api.licences import LicenceViewSet
from project.rights.api.notices import NoticeViewSet
from project.rights.api.published import PublishedViewSet
from project.rights.api.requests import RightsRequestViewSet
from project.rights.api.statements import StatementViewSet

__all__ = [
    "HoldViewSet",
    "LicenceViewSet",
    "NoticeViewSet",
    "PublishedViewSet",
    "RightsRequestViewSet",
    "StatementViewSet",
]
