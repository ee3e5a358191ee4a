"""The pages of alerts: each reader's own list, the form of a new one, and the links in e-mails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from timeline.alerts import mail, outbox, watches
from timeline.alerts.watches import MAX_NAME_CHARS, MAX_TARGET_CHARS, WatchError, WatchInput
from timeline.alerts.webhook import shown_secret
from timeline.display.event import view_known
from timeline.http.pages import render_page
from timeline.http.rate_limit import wait_for, wait_words
from timeline.models import Delivery, Event, Watch
from timeline.query.changes import last_change
from timeline.web.saved import own_page

DELETED = "deleted_alert"  # session key: the fields of the alert deleted last
KEPT_FIELDS = ("name", "query", "event_id", "channel", "target", "pace", "language", "zone", "secret", "paused")
LISTED_DELIVERIES = 5  # of each alert, the newest
MAX_TESTS = 5  # test messages that one client may order in a minute


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert as it is listed. `url`: what is watched; `words`: that in words; `secret`: "" but of a webhook."""

    watch: Watch
    url: str
    words: str
    secret: str
    waiting: int
    deliveries: Sequence[Delivery]


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """The variables of `alerts/list.html`. `deleted`: the fields of the alert deleted last."""

    alerts: Sequence[ListedAlert]
    deleted: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class AlertLinkPage:
    """The variables of `alerts/link.html`. `step`: stop, stopped, confirm, confirmed, or gone without a watch."""

    watch: Watch | None
    step: str


@dataclass(frozen=True, slots=True)
class AlertForm:
    """The variables of `alerts/new.html`. `about`: what will be watched, in words."""

    given: WatchInput
    about: str
    channels: Sequence[tuple[str, str]]
    paces: Sequence[tuple[str, str]]
    zones: Sequence[str]
    can_mail: bool
    max_name: int = MAX_NAME_CHARS
    max_target: int = MAX_TARGET_CHARS


@require_safe
@login_required
@own_page
def listing(request: HttpRequest) -> HttpResponse:
    """Show `/alerts/`: the reader's alerts, what was sent, and what waits; the one deleted last can be restored."""
    rows = Watch.objects.filter(user=_reader(request)).select_related("event")
    page = AlertsPage([_listed(row) for row in rows], request.session.get(DELETED))
    return render_page(request, "alerts/list.html", page)


def _listed(watch: Watch) -> ListedAlert:
    deliveries = watch.deliveries.order_by("-pk")
    secret = shown_secret(watch.secret) if watch.channel == Watch.Channel.WEBHOOK else ""
    url = reverse("event", args=[watch.event_id]) if watch.event_id else reverse("timeline") + _query(watch.query)
    words = _query_words(watch.query) if not watch.event_id else ""
    waiting = deliveries.filter(sent_at=None).count()
    return ListedAlert(watch, url, words, secret, waiting, list(deliveries[:LISTED_DELIVERIES]))


def _query(query: str) -> str:
    return f"?{query}" if query else ""


def _query_words(query: str) -> str:
    return " · ".join(f"{name} = {', '.join(values)}" for name, values in QueryDict(query).lists())


def _reader(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # the views below require a login
    return request.user


def _own(request: HttpRequest, pk: int) -> Watch:
    return get_object_or_404(Watch, pk=pk, user=_reader(request))


# --- a new alert --------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@own_page
def new(request: HttpRequest) -> HttpResponse:
    """`/alerts/new/?query=…` or `?event=…`: show the form, with POST store the alert."""
    given = WatchInput.of(request.POST if request.method == "POST" else request.GET)
    event = _event(given.event)
    if given.event and event is None:
        raise Http404(gettext("This event is not on the calendar any more."))
    if request.method != "POST":
        return _form(request, _prefilled(request, given, event))
    try:
        watch = watches.create(_reader(request), given)
    except WatchError as error:
        given.problems = error.problems
        return _form(request, given, 400)
    if watch.paused == Watch.Paused.UNCONFIRMED:
        _ask_to_confirm(request, watch)
    else:
        messages.success(request, gettext("“%(name)s” is on: you are told of every change from now on.") % _name(watch))
    return HttpResponseRedirect(reverse("alerts"))


def _ask_to_confirm(request: HttpRequest, watch: Watch) -> None:
    if problem := watches.ask_to_confirm(watch):
        messages.error(request, problem)
        return
    words = gettext("Open the link that was sent to %(address)s to switch “%(name)s” on.")
    messages.info(request, words % {"address": watch.target, **_name(watch)})


def _name(watch: Watch) -> dict[str, str]:
    return {"name": watch.name}


def _event(pk: str) -> Event | None:
    return Event.objects.filter(pk=pk, retracted=False, merged_into=None).first() if pk else None


def _title(event: Event) -> str:
    view = view_known(event, timezone.localdate(), None)
    return view.title if view else event.pk


def _prefilled(request: HttpRequest, given: WatchInput, event: Event | None) -> WatchInput:
    given.name = given.name or (_title(event) if event else "")[:MAX_NAME_CHARS]
    usable = watches.channels()
    if given.channel not in usable:
        given.channel = usable[0]
    if not given.target and given.channel == Watch.Channel.EMAIL:
        given.target = _reader(request).email
    return given


def _form(request: HttpRequest, given: WatchInput, status: int = 200) -> HttpResponse:
    event = _event(given.event)
    usable = watches.channels()
    form = AlertForm(
        given=given,
        about=_title(event) if event else _query_words(given.query),
        channels=[(value, str(label)) for value, label in Watch.Channel.choices if value in usable],
        paces=[(value, str(label)) for value, label in Watch.Pace.choices],
        zones=sorted(available_timezones()),
        can_mail=settings.CAN_MAIL,
    )
    return render_page(request, "alerts/new.html", form, status)


# --- acts ---------------------------------------------------------------------------------------


@require_POST
@login_required
@own_page
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell nothing any more, until it is resumed."""
    watches.pause(_own(request, pk))
    return HttpResponseRedirect(reverse("alerts"))


@require_POST
@login_required
@own_page
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell what changes from now on, and what waited because it could not be sent; or ask for a confirmation again."""
    watch = _own(request, pk)
    if watch.paused == Watch.Paused.UNCONFIRMED:
        if wait := wait_for(request, "alert-test", MAX_TESTS):
            return _too_often(request, wait)
        _ask_to_confirm(request, watch)
    else:
        if watch.paused == Watch.Paused.BY_READER:
            Watch.objects.filter(pk=pk).update(since=last_change())
        outbox.resume([pk], timezone.now())
    return HttpResponseRedirect(reverse("alerts"))


@require_POST
@login_required
@own_page
def test(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a message without changes now; its outcome stands in the list of deliveries."""
    watch = _own(request, pk)
    if watch.paused == Watch.Paused.UNCONFIRMED:
        messages.error(request, gettext("Confirm the address first: open the link in the e-mail."))
    elif wait := wait_for(request, "alert-test", MAX_TESTS):
        return _too_often(request, wait)
    else:
        watches.request_test(watch)
        messages.info(request, gettext("A test is on its way: within half a minute this page says whether it arrived."))
    return HttpResponseRedirect(reverse("alerts"))


def _too_often(request: HttpRequest, wait: int) -> HttpResponse:
    messages.error(request, wait_words(wait))
    return HttpResponseRedirect(reverse("alerts"))


@require_POST
@login_required
@own_page
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete an alert and what waits for it; the session keeps its fields, so that it can be restored."""
    watch = _own(request, pk)
    request.session[DELETED] = {name: getattr(watch, name) for name in KEPT_FIELDS}
    watch.delete()
    return HttpResponseRedirect(reverse("alerts"))


@require_POST
@login_required
@own_page
def restore(request: HttpRequest) -> HttpResponse:
    """Restore the alert deleted last; it tells what changes from now on."""
    fields: dict[str, Any] | None = request.session.pop(DELETED, None)
    if fields is not None:
        if fields["event_id"] and _event(fields["event_id"]) is None:
            messages.error(request, gettext("This event is not on the calendar any more."))
        else:
            Watch.objects.create(user=_reader(request), since=last_change(), **fields)
    return HttpResponseRedirect(reverse("alerts"))


# --- links in e-mails ---------------------------------------------------------------------------


@csrf_exempt  # the token in the address is the proof; mail programs send this form by themselves (RFC 8058)
@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the alert of an e-mail: GET asks, since mail scanners open links; POST stops it."""
    watch = watches.stop(token) if request.method == "POST" else mail.watch_of(token, mail.STOP)
    return _answer(request, watch, "stopped" if request.method == "POST" else "stop")


@csrf_exempt  # as above
@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm the address of an alert: GET asks, POST switches it on."""
    found = mail.watch_of(token, mail.CONFIRM, mail.CONFIRM_SECONDS)
    watch = watches.confirm(token) if request.method == "POST" else found
    return _answer(request, watch, "confirmed" if request.method == "POST" else "confirm")


def _answer(request: HttpRequest, watch: Watch | None, step: str) -> HttpResponse:
    page = AlertLinkPage(watch, step if watch else "gone")
    return render_page(request, "alerts/link.html", page, 200 if watch else 404)
