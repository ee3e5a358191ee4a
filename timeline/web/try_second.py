"""`/try/second/`: a text that an editor types, read by newsdesk and by the language model. Nothing is stored.

The text goes to the model's address, so only those who work in the administration may ask. It is read in the sandbox,
before and after: the web process itself handles neither the text nor the answer.
"""

from __future__ import annotations

import threading
from datetime import date

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST

from timeline.display.try_text import TryText, TryTextError
from timeline.http.pages import render_page
from timeline.http.rate_limit import wait_for
from timeline.sandbox.caller import SANDBOX, BusyError, LimitError
from timeline.second_reader.ask import is_broken, spent
from timeline.second_reader.client import ModelError, ask
from timeline.web.try_text import TryPage, may_ask, too_many

QUESTIONS = 10  # of one client in a minute
_IN_USE = threading.Lock()  # one question at a time of this web process


@require_POST
def try_second(request: HttpRequest) -> HttpResponse:
    """Show both readings of a text; htmx gets only them. Raises Http404 for those who may not ask."""
    if not may_ask(request):
        raise Http404
    fields = {name: str(value) for name, value in request.POST.items()}
    wait = wait_for(request, "try-second", QUESTIONS)
    status, page = (429, too_many(fields, wait)) if wait else _readings(fields, timezone.localdate())
    template = "timeline/_findings.html" if request.headers.get("HX-Request") == "true" else "timeline/try.html"
    response = render_page(request, template, page, status)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _readings(fields: dict[str, str], today: date) -> tuple[int, TryPage]:
    day, text = fields.get("day", ""), fields.get("text", "")

    def refused(status: int, words: str) -> tuple[int, TryPage]:
        return status, TryPage(day, text, problems={"text": words}, may_ask=True)

    if not _IN_USE.acquire(blocking=False):
        return refused(503, gettext("The model is being asked about another text. Please try again in a moment."))
    try:
        sample = TryText.parse(fields, today)
        return 200, TryPage(day, text, findings=mark_safe(_asked(sample).decode()), may_ask=True)
    except TryTextError as error:
        return 400, TryPage(day, text, problems=error.problems, may_ask=True)
    except BusyError:
        return refused(503, gettext("Another text is being processed. Please try again in a second."))
    except LimitError:
        return refused(
            503, gettext("Processing this text takes too long and was stopped. Please try a shorter part of it.")
        )
    except ModelError as error:
        return refused(502, gettext("The model gave no answer: %(reason)s.") % {"reason": error})
    finally:
        _IN_USE.release()


def _asked(sample: TryText) -> bytes:
    """Return the part of the page with both readings. Raises ModelError, BusyError or LimitError."""
    now, language = timezone.now(), get_language() or "en"
    if spent(now).is_over:
        raise ModelError(gettext("the budget of today is used up"))
    if is_broken(now):
        raise ModelError(gettext("its server fails and is left alone for a few minutes"))
    question = orjson.loads(SANDBOX.call("question", text=sample.text, day=sample.day.isoformat()))
    answer = ask(question["system"], question["user"]).text if question else ""
    return SANDBOX.call("readings", text=sample.text, day=sample.day.isoformat(), answer=answer, language=language)
