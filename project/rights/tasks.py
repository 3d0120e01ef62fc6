"""The rights room's clock."""

from celery import shared_task

from project.core.lookups import every_shop
from project.rights.services import announce_licence_changes


@shared_task(name="project.rights.tasks.announce_licence_changes_task", expires=60, queue="urgent")
def announce_licence_changes_task() -> None:
    """Every shop in turn, each in its own scope."""
    for shop_id in every_shop():
        announce_licence_changes(shop_id=shop_id)
