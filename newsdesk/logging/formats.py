"""Format log lines: one JSON object a line for machines, or one readable line; both carry the bound context.

All code logs through the standard library; structlog adds the bound values (request, task, article) and renders.
Untrusted text cannot start a new line: control characters are escaped.
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
# The only extra attributes of log records that are written: others hold whole requests, or tracebacks a second time.
EXTRAS = (
    *("article", "articles", "feed", "source", "key", "seconds", "outcome", "status_code"),
    *("method", "path", "query", "status", "client", "user"),
)
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
HEAD = ("timestamp", "level", "logger", "event", "exception")

Line = MutableMapping[str, Any]


def logging_of(level: str, form: str) -> dict[str, Any]:
    """Return the LOGGING setting: `level` for newsdesk's own loggers, WARNING for all others.

    In JSON every request and task gets a line. In the plain format these would hide the rest: they need DEBUG.
    """
    request_level = level if form == "json" or level == "DEBUG" else "WARNING"
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
            "waitress.queue": {"level": "ERROR"},  # requests waiting for a thread are normal
            "timeline": {"level": level},
            "newsdesk": {"level": level},
            "newsdesk.requests": {"level": request_level},
            "newsdesk.tasks": {"level": request_level},
        },
    }


class ClientErrorsAsInfo(logging.Filter):
    """Log a request that Django refuses (an unknown host, too many fields …) as one line of level INFO.

    Django logs it as an error with a traceback, but it is not an error of the server.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security.") and record.levelno == logging.ERROR:
            record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
            record.exc_info = record.exc_text = None
        return True


def formatter(form: str) -> ProcessorFormatter:
    """Return the formatter that LOGGING names: it turns a record of the standard library into a line."""
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
    """Render one plain line, then the traceback if there is one.

    For example `2024-03-20T12:00:00Z WARNING timeline.pipeline.process: words (article=7 task=process)`.
    """
    context = " ".join(f"{key}={_one_line(line[key])}" for key in sorted(line) if key not in HEAD)
    head = f"{line['timestamp']} {str(line['level']).upper()} {line['logger']}: {_one_line(line['event'])}"
    exception = line.get("exception")
    return head + (f" ({context})" if context else "") + (f"\n{exception}" if exception else "")


def _one_line(value: Any) -> str:
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), str(value))
