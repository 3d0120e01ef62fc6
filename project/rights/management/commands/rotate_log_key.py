"""``manage.py rotate_log_key``: a new key for the ledger's heads; the one before is retired, its heads stay valid."""

from typing import Any

from django.utils.translation import gettext as _

from project.core.managed import VouchsafeCommand
from project.rights.ledger.keys import rotate_key


class Command(VouchsafeCommand):
    help = "Make a new key for signing the ledger's heads. Exit code 2 where the key stands in the environment."

    def run(self, **options: Any) -> dict[str, str]:
        signer = rotate_key()
        if not options["json"]:
            self.stdout.write(_("The ledger is signed with key %(key)s from now on.") % {"key": signer.key_id})
        return {"key_id": signer.key_id, "public_key": signer.public_key}
