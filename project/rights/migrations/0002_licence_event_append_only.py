from django.db import migrations

from project.core.append_only import append_only

FORWARDS, BACKWARDS = append_only("rights_licence_event")


class Migration(migrations.Migration):
    """The licence ledger's rows are append-only in the database itself."""

    dependencies = [("rights", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
