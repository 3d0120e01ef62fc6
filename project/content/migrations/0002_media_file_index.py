from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("content", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="media",
            name="file",
            field=models.CharField(blank=True, db_index=True, max_length=120),
        ),
    ]
