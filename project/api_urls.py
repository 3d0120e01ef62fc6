"""``/api/v1/``: the resources of every room under one address."""

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from project.collection.api import SourceViewSet
from project.content.api import ContentViewSet
from project.core.api.schema import docs_view, schema_view
from project.rights.api import (
    HoldViewSet,
    LicenceViewSet,
    NoticeViewSet,
    PublishedViewSet,
    RightsRequestViewSet,
    StatementViewSet,
)
from project.shops.api import OrderViewSet, ProductViewSet
from widgets.api import SelectionViewSet, WidgetViewSet

router = SimpleRouter()
router.register("content", ContentViewSet, basename="api-content")
router.register("published", PublishedViewSet, basename="api-published")
router.register("products", ProductViewSet, basename="api-products")
router.register("orders", OrderViewSet, basename="api-orders")
router.register("rights-requests", RightsRequestViewSet, basename="api-rights-requests")
router.register("licences", LicenceViewSet, basename="api-licences")
router.register("holds", HoldViewSet, basename="api-holds")
router.register("notices", NoticeViewSet, basename="api-notices")
router.register("statements", StatementViewSet, basename="api-statements")
router.register("widgets", WidgetViewSet, basename="api-widgets")
router.register("selections", SelectionViewSet, basename="api-selections")
router.register("sources", SourceViewSet, basename="api-sources")

urlpatterns = [
    path("schema/", schema_view, name="api-schema"),
    path("docs/", docs_view, name="api-docs"),
    path("", include(router.urls)),
]
