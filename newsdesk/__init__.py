"""The wiring of newsdesk: settings, addresses, the queue. No word of dates or events lives here."""

from newsdesk.celery import app as celery_app

__all__ = ["celery_app"]
