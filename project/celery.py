"""The Celery application: three queues, each served by a worker process of its own."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings.local")

app = Celery("vouchsafe")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
