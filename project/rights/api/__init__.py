"""``/api/v1/published/``, ``/api/v1/rights-requests/``, ``/api/v1/licences/`` and ``/api/v1/holds/``."""

from project.rights.api.holds import HoldViewSet
from project.rights.api.licences import LicenceViewSet
from project.rights.api.published import PublishedViewSet
from project.rights.api.requests import RightsRequestViewSet

__all__ = ["HoldViewSet", "LicenceViewSet", "PublishedViewSet", "RightsRequestViewSet"]
