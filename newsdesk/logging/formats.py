"""How log lines look: one JSON object a line for machines, or one readable line; both carry what is bound to the work.

Everybody logs by the standard library; structlog adds what was bound (request, task, article) and renders. A stranger's
text in a line stays in its line: control characters are written out.
"""

from __future__ import annotations

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.contextvars import merge_contextvars
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import Processor

FORMATS = ("plain", "json")
# Of what log records carry beside their message, only this is written: others are whole requests and tracebacks twice.
EXTRAS = (
    *("article", "articles", "feed", "source", "key", "seconds", "outcome", "status_code"),
    *("method", "path", "query", "status", "client", "user"),
)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
HEAD = ("timestamp", "level", "logger", "event", "exception")

Line = MutableMapping[str, Any]


def logging_of(level: str, form: str) -> dict[str, Any]:
    """The LOGGING setting: `level` for newsdesk's own lines, warnings of all others.

    In JSON every request and task has a line. Read by people, those would hide the others: they appear with DEBUG.
    """
    work = level if form == "json" or level == "DEBUG" else "WARNING"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": "newsdesk.logging.formats.formatter", "form": form}},
        "filters": {"faults_of_clients": {"()": "newsdesk.logging.formats.ClientErrorsAsInfo"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["faults_of_clients"]}
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            # Django's own configuration writes errors to the log only with DEBUG off, and mails them.
            "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "waitress.queue": {"level": "ERROR"},  # that requests wait for a thread is no news
            "timeline": {"level": level},
            "newsdesk": {"level": level},
            "newsdesk.requests": {"level": work},
            "newsdesk.tasks": {"level": work},
        },
    }


class ClientErrorsAsInfo(logging.Filter):
    """A request that Django refuses (a host that is none of ours, too many fields …) is no error of the server.

    Django logs it as one, with a traceback; it becomes one line that informs.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security.") and record.levelno == logging.ERROR:
            record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
            record.exc_info = record.exc_text = None
        return True


def formatter(form: str) -> ProcessorFormatter:
    """What LOGGING names: from a record of the standard library to its line."""
    shared: list[Processor] = [
        merge_contextvars,
        add_log_level,
        add_logger_name,
        ExtraAdder(EXTRAS),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last: list[Processor] = [structlog.processors.JSONRenderer(ensure_ascii=False)] if form == "json" else [_readable]
    return ProcessorFormatter(
        foreign_pre_chain=shared, processors=[ProcessorFormatter.remove_processors_meta, *last], keep_exc_info=False
    )


def _readable(logger: Any, name: str, line: Line) -> str:
    """`2024-03-20T12:00:00Z WARNING timeline.pipeline.process: words (article=7 task=process)`, then the traceback."""
    told = " ".join(f"{key}={_one_line(line[key])}" for key in sorted(line) if key not in HEAD)
    head = f"{line['timestamp']} {str(line['level']).upper()} {line['logger']}: {_one_line(line['event'])}"
    exception = line.get("exception")
    return head + (f" ({told})" if told else "") + (f"\n{exception}" if exception else "")


def _one_line(value: Any) -> str:
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), str(value))
