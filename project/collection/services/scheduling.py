"""Moving a source's next run."""

from django.utils import timezone

from project.collection.models import Collector
from project.content import selectors as content
from project.core.change import change


def collect_soon(*, shop_id: int, source_id: str) -> bool:
    """A source that was made, changed or resumed is due at once; False when there is no such active source."""
    with change(shop_id=shop_id):
        source = content.source_by_public_id(source_id)
        if source is None or not source.active:
            return False
        Collector.objects.filter(source=source).update(next_run_at=timezone.now(), failures=0)
    return True
