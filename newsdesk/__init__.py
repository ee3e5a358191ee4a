"""Wire newsdesk together: settings, URLs, the task queue. Nothing of the domain (dates, events) belongs here."""

import os

# One thread a process: newsdesk runs as many processes as there is work for, and numpy would start threads in each.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from newsdesk.celery import app as celery_app

__all__ = ["celery_app"]
