"""What the ledger does when it hears news. Runs in the relay, at least once per event."""

from project.core.events import StoredEvent
from project.core.outbox import subscriber
from project.rights.ledger.tasks import sign_head_task


@subscriber("rights.ledger_head", "LicenceGranted", "LicenceWithdrawn")
def sign_soon(event: StoredEvent) -> None:
    """What an author just decided is under a signed head within a moment; the relay waits for no hashing."""
    sign_head_task.apply_async(args=(event.shop_id,), queue="default", retry=False)
