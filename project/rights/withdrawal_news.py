"""The rights room's own follower: every withdrawal gets its account, measured now and once its lease is over."""

from project.core.events import StoredEvent
from project.core.outbox import subscriber
from project.rights.contracts import WithdrawalRoute
from project.rights.events import HoldOpened, LicenceExpired, LicenceWithdrawn
from project.rights.services.withdrawals import FINAL_AFTER, record_hold, record_withdrawal
from project.rights.tasks import measure_withdrawal_task

FIRST_LOOK_SECONDS = 3


@subscriber("rights.withdrawals", LicenceWithdrawn.name, LicenceExpired.name, HoldOpened.name)
def keep_account(event: StoredEvent) -> None:
    """Open the account and have it filled in; the sweep finds what a lost broker forgets."""
    if event.name == HoldOpened.name:
        withdrawal_id = record_hold(
            shop_id=event.shop_id,
            hold_id=event.data["hold_id"],
            number=event.number,
            committed_at=event.created_at,
        )
    else:
        withdrawal_id = record_withdrawal(
            shop_id=event.shop_id,
            licence_id=event.data["licence_id"],
            number=event.number,
            item_ids=event.data["item_ids"],
            route=WithdrawalRoute(event.data.get("route", WithdrawalRoute.CLOCK)),
            committed_at=event.created_at,
        )
    if withdrawal_id:
        for seconds in (FIRST_LOOK_SECONDS, FINAL_AFTER.total_seconds() + 1):
            measure_withdrawal_task.apply_async(
                args=(event.shop_id, withdrawal_id), queue="default", countdown=seconds, retry=False
            )
