from django.db import migrations

from project.core.append_only import append_only

FORWARDS, BACKWARDS = append_only("core_audit")


class Migration(migrations.Migration):
    """The audit log is append-only in the database itself."""

    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunSQL(FORWARDS, BACKWARDS)]
