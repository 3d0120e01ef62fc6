"""``/api/v1/widgets/`` and ``/api/v1/selections/``."""

from widgets.api.selections import SelectionViewSet
from widgets.api.widgets import WidgetViewSet

__all__ = ["SelectionViewSet", "WidgetViewSet"]
