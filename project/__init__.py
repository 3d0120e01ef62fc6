"""The record: everything about content and the right to show it.

The Celery application is imported here so that ``.delay()`` finds the broker from every process.
"""

from project.celery import app as celery_app

__all__ = ["celery_app"]
