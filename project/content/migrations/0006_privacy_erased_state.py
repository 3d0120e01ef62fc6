from django.db import migrations, models

from project.content.rules import State


class Migration(migrations.Migration):
    dependencies = [("content", "0005_approve_shown_media")]

    operations = [
        migrations.AlterField(
            model_name="contentitem",
            name="state",
            field=models.CharField(
                choices=[(state.value, state.value) for state in State], default=State.PENDING, max_length=12
            ),
        ),
    ]
