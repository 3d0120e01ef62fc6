"""The ledger's clock: heads every ten seconds where there are new entries, witnesses told once a day."""

from celery import shared_task

from project.core.lookups import every_shop
from project.rights.ledger.heads import sign_due_heads, sign_head
from project.rights.ledger.witnesses import tell_witnesses


@shared_task(name="project.rights.ledger.tasks.sign_heads_task", expires=10)
def sign_heads_task() -> None:
    """Every shop whose ledger grew."""
    sign_due_heads()


@shared_task(name="project.rights.ledger.tasks.sign_head_task", expires=60)
def sign_head_task(shop_id: int) -> None:
    """One shop, at once after a grant or a withdrawal."""
    sign_head(shop_id=shop_id)


@shared_task(name="project.rights.ledger.tasks.tell_witnesses_task", expires=600)
def tell_witnesses_task() -> None:
    """Yesterday's last head of every shop, to every witness that does not have it yet."""
    for shop_id in every_shop():
        tell_witnesses(shop_id=shop_id)
