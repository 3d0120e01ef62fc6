"""The Celery application: three queues, each served by a worker process of its own."""

import os

from celery import Celery

from project.settings import default_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", default_module())

app = Celery("vouchsafe")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
