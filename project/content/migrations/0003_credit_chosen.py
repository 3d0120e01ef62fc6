from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("content", "0002_media_file_index")]

    operations = [
        # The database keeps the default: rows written by SQL (imports) need not name the column.
        migrations.AddField(
            model_name="contentitem",
            name="credit_chosen",
            field=models.BooleanField(default=False, db_default=False),
        ),
    ]
