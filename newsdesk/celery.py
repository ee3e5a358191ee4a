"""The Celery application; every CELERY_… setting stands in newsdesk/settings.py, with its reason."""

from __future__ import annotations

import os

from celery import Celery

from newsdesk import task_log

__all__ = ["app", "task_log"]  # importing it connects what logs and counts tasks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")

app = Celery("newsdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
