"""An inbox with rows of each kind, and an editor who looks at it."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.auth.models import Permission, User
from django.utils import timezone

from tests.support.rows import article, claim, event
from timeline.models import Contradiction, Event, EventBelief

INBOX = "/admin/timeline/attention/"


def editor(name: str = "editor", *more: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["add_correction", *more]))
    return user


def contradict(row: Event) -> None:
    said = [article(f"英国将于{n}日举行大选。", of=f"s{n}") for n in (1, 2)]
    days = (("2024-10-01", "2024-10-01"), ("2024-10-02", "2024-10-02"))
    first, second = (
        claim(row, one, one.text, start=date.fromisoformat(a), end=date.fromisoformat(b))
        for one, (a, b) in zip(said, days, strict=True)
    )
    Contradiction.objects.create(event=row, first=first, second=second)
    row.save()


def move(row: Event) -> None:
    """Something else was believed of it from a day on."""
    since = date(2024, 4, 1)
    EventBelief.objects.create(event=row, since=since, start=row.start, status="scheduled", change="moved")


def fill(first: int, last: int) -> None:
    """Events of some days before and after today, each moved once."""
    for n in range(first, last):
        day = (timezone.localdate() + timedelta(days=n - 25)).isoformat()
        row = event(f"e{n:04}", ["GB"], day)
        move(row)
