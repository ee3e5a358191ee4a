"""Run by fuzz.py against a fresh database: store and read the samples, and add a row of every model with a page.

Prints as JSON what a client needs: a session of the chief editor, who has all permissions, and an API token.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsdesk.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import Group, User  # noqa: E402
from django.test import Client  # noqa: E402

from timeline.curation import decide  # noqa: E402
from timeline.curation.inbox import signals  # noqa: E402
from timeline.fetching.archives import Problem, open_posts  # noqa: E402
from timeline.fetching.posts import parse_post  # noqa: E402
from timeline.http import tokens  # noqa: E402
from timeline.ingest.store import store_articles  # noqa: E402
from timeline.models import Article, ArticleVersion, Claim, Event, Feed, InboxView, SavedFilter  # noqa: E402
from timeline.pipeline.process import process  # noqa: E402

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
CHIEF = "chief"


def main() -> None:
    chief = fill()
    client = Client()
    client.force_login(chief)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    print(json.dumps({"session": session, "token": tokens.add("fuzz", [tokens.ARTICLES_WRITE])}))


def fill() -> User:
    """Add the rows; the chief is the first user, never the newest, whose pages are requested."""
    chief = User.objects.create_superuser(CHIEF)
    User.objects.create_user("bob", is_staff=True).groups.add(Group.objects.get_or_create(name="readers")[0])
    posts = [post for post in open_posts([SAMPLES]) if not isinstance(post, Problem)]
    process([pk for _, pk in store_articles([parse_post(post.data, post.name) for post in posts])])
    event, told = Event.objects.filter(retracted=False).order_by("-pk")[0], Article.objects.order_by("-pk")[0]
    decide.correct_field(event, "note", "why", chief)
    signals.update_events(list(Event.objects.values_list("pk", flat=True)))
    ArticleVersion.objects.create(article=told, version=1, title="旧", published=told.published)
    Claim.objects.filter(pk=Claim.objects.order_by("-pk")[0].pk).update(event=None, doubts=["x"])
    SavedFilter.objects.create(user=chief, name="Japan", query="country=JP")
    InboxView.objects.create(user=chief, name="mine")
    Feed.objects.create(source=told.source, url="https://one.example/feed", url_digest="1", paused=True)
    return chief


if __name__ == "__main__":
    main()
