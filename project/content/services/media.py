"""What became of a picture that was to be fetched."""

from project.content.events import MediaReady
from project.content.models import Media
from project.core.change import change


def record_media_ready(*, shop_id: int, public_id: str, file: str, width: int, height: int, sha256: str) -> bool:
    """The picture was fetched, checked and re-encoded; False when somebody else was first."""
    with change(shop_id=shop_id) as unit:
        won = Media.objects.filter(public_id=public_id, state=Media.PENDING).update(
            state=Media.READY, file=file, width=width, height=height, sha256=sha256, error=""
        )
        if won:
            item_id = Media.objects.values_list("item__public_id", flat=True).get(public_id=public_id)
            unit.emit(MediaReady(item_ids=(item_id,)))
    return bool(won)


def record_media_failed(*, shop_id: int, public_id: str, error: str) -> bool:
    """The picture cannot be shown; ``error`` is a code."""
    with change(shop_id=shop_id):
        return bool(
            Media.objects.filter(public_id=public_id, state=Media.PENDING).update(state=Media.FAILED, error=error[:40])
        )
