"""Wire newsdesk together: settings, URLs, the task queue. Nothing of the domain (dates, events) belongs here."""

from newsdesk.celery import app as celery_app

__all__ = ["celery_app"]
