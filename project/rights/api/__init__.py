"""``/api/v1/published/``, ``/api/v1/rights-requests/`` and ``/api/v1/licences/``."""

from project.rights.api.licences import LicenceViewSet
from project.rights.api.published import PublishedViewSet
from project.rights.api.requests import RightsRequestViewSet

__all__ = ["LicenceViewSet", "PublishedViewSet", "RightsRequestViewSet"]
