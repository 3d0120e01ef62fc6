"""The rights room's clock."""

from celery import shared_task

from project.core.lookups import every_shop
from project.rights.ledger import tasks as ledger_tasks
from project.rights.services import announce_licence_changes

# Celery looks for tasks in each app's ``tasks`` module: here.
__all__ = ["announce_licence_changes_task", "ledger_tasks"]


@shared_task(name="project.rights.tasks.announce_licence_changes_task", expires=60)
def announce_licence_changes_task() -> None:
    """Every shop in turn, each in its own scope."""
    for shop_id in every_shop():
        announce_licence_changes(shop_id=shop_id)
