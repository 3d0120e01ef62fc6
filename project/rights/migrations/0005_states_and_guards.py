from django.db import migrations

from project.core.append_only import append_only

# What "ended" meant is told by its reason; backwards, the three become one again.
FORWARDS = """
    UPDATE rights_licence SET state = CASE end_reason
        WHEN 'expired' THEN 'expired' WHEN 'superseded' THEN 'superseded' ELSE 'withdrawn' END
    WHERE state = 'ended';
"""
BACKWARDS = "UPDATE rights_licence SET state = 'ended' WHERE state IN ('expired', 'withdrawn', 'superseded');"


class Migration(migrations.Migration):
    dependencies = [("rights", "0004_request_states")]

    operations = [
        migrations.RunSQL(FORWARDS, BACKWARDS),
        migrations.RunSQL(*append_only("rights_tree_head")),
        migrations.RunSQL(*append_only("rights_terms_text")),
    ]
