from django.db import migrations

# What has been on show, or was taken down and may be put back, stays as it is; from here on pictures are seen first.
APPROVE_SHOWN = """
UPDATE content_media m SET approved = true FROM content_item i
WHERE i.id = m.item_id AND i.shop_id = m.shop_id AND i.state IN ('approved', 'taken_down') AND m.state = 'ready'
"""


class Migration(migrations.Migration):
    dependencies = [("content", "0004_media_approved")]

    operations = [migrations.RunSQL(APPROVE_SHOWN, migrations.RunSQL.noop)]
