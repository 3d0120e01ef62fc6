"""``/api/v1/content/``: what customers said, for the shop's own systems (secret keys)."""

from project.content.api.views import ContentViewSet

__all__ = ["ContentViewSet"]
