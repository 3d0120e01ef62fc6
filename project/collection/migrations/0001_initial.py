import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('content', '0001_initial'),
        ('shops', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='CollectedItem',
            fields=[
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='content.contentitem')),
                ('external_id', models.CharField(max_length=200)),
                ('blocked_by', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), default=list, size=None)),
                ('gone_at', models.DateTimeField(null=True)),
                ('checked_at', models.DateTimeField()),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.shop')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='content.source')),
            ],
            options={
                'db_table': 'collection_collected_item',
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['shop', 'source', 'checked_at'], name='collection_collected_checked')],
                'constraints': [models.UniqueConstraint(fields=('shop', 'source', 'external_id'), name='collection_collected_item_once')],
            },
        ),
        migrations.CreateModel(
            name='CollectionRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField()),
                ('outcome', models.CharField(max_length=16)),
                ('counts', models.JSONField(default=dict)),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.shop')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='content.source')),
            ],
            options={
                'db_table': 'collection_run',
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['shop', 'source', '-id'], name='collection_run_source')],
            },
        ),
        migrations.CreateModel(
            name='Collector',
            fields=[
                ('source', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='content.source')),
                ('cursor', models.CharField(blank=True, max_length=200)),
                ('config_hash', models.CharField(blank=True, max_length=64)),
                ('next_run_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('last_run_at', models.DateTimeField(null=True)),
                ('last_ok_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, max_length=16)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('claim', models.CharField(blank=True, max_length=43)),
                ('claimed_until', models.DateTimeField(null=True)),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='shops.shop')),
            ],
            options={
                'db_table': 'collection_collector',
                'abstract': False,
                'base_manager_name': 'objects',
                'default_manager_name': 'objects',
                'indexes': [models.Index(fields=['shop', 'next_run_at'], name='collection_collector_due')],
            },
        ),
    ]
