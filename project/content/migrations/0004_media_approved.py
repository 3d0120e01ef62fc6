from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("content", "0003_credit_chosen")]

    operations = [
        # The database keeps the default: a running older version need not name the column.
        migrations.AddField(
            model_name="media",
            name="approved",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.AddConstraint(
            model_name="media",
            constraint=models.CheckConstraint(
                condition=models.Q(("approved", False), ("state", "ready"), _connector="OR"),
                name="content_media_approved",
            ),
        ),
        migrations.AddIndex(
            model_name="media",
            index=models.Index(
                condition=models.Q(("approved", False), ("state", "ready")),
                fields=["shop", "item"],
                name="content_media_unseen",
            ),
        ),
    ]
