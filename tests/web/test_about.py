"""What the site says of itself, and how the samples leave it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from tests.support import rows
from tests.support.reading import YEARS, english, reader
from tests.support.readings import one, page, texts
from timeline.curation.roles import sync_roles
from timeline.models import Article, Event, Source

__all__ = ["english", "reader"]
pytestmark = pytest.mark.django_db

SAID = "英国将于2024年7月4日举行大选。"


@pytest.fixture
def sampled() -> Event:
    """An event that a sample article tells."""
    event = rows.event("vote", ["GB"], "2024-07-04")
    rows.claim(event, rows.article(SAID, of="sample-wire"), SAID)
    Source.objects.update(name="Sample Wire")
    return event


def test_the_page_about_says_signs_sureness_sources_licence_and_operator(english: Client, sampled: Event) -> None:
    Source.objects.create(slug="gone", name="Gone Gazette", removed="2024-01-01T00:00Z")
    tree = page(english, "/about/")
    assert texts(tree, ".about-site h2") == [
        "Signs",
        "How sure",
        "Sources",
        "Licence of the data",
        "Who runs this site",
    ]
    states = texts(tree, ".about-site dl dt")
    assert [state.strip() for state in states] == [
        *("occurred", "scheduled", "expected", "conditional", "postponed", "cancelled", "unconfirmed"),
    ]
    link = one(tree, ".sources-list a")
    assert link.text() == "Sample Wire" and link.attributes["href"] == "/?source=sample-wire&window=all"
    assert "invented" in one(tree, ".sources-list li").text()
    assert "Not stated." in tree.body.text() if tree.body else False


def test_who_runs_the_site_says_so_by_settings(english: Client, settings: Settings) -> None:
    settings.OPERATOR, settings.OPERATOR_LINK = "Example <Desk>", "mailto:desk@example.org"
    settings.DATA_LICENCE, settings.DATA_LICENCE_LINK = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"
    tree = page(english, "/about/")
    assert one(tree, "a[rel=license]").text() == "CC BY 4.0"
    assert one(tree, 'a[href="mailto:desk@example.org"]').text() == "Example <Desk>"


def test_only_who_may_change_sources_is_offered_to_remove_the_samples(english: Client, sampled: Event) -> None:
    tree = page(english, f"/?{YEARS}")
    assert "sample articles" in one(tree, ".samples").text()
    assert tree.css(".samples form") == []
    assert english.post("/samples/remove/").status_code in (302, 403)
    assert Source.samples().count() == 1


def test_one_click_removes_the_samples(english: Client, sampled: Event) -> None:
    sync_roles()
    chief = User.objects.create_user("chief", is_staff=True)
    chief.groups.add(Group.objects.get(name="chief"))
    english.force_login(chief)
    form = one(page(english, f"/?{YEARS}"), ".samples form")
    assert english.get(form.attributes["action"] or "").status_code == 405
    answer = english.post(form.attributes["action"] or "", follow=True)
    assert "1 article is being removed." in answer.content.decode()
    assert not Source.samples().exists()
    assert Source.objects.get(slug="sample-wire").removed is not None


def test_one_command_removes_the_samples_and_allows_them_again(sampled: Event) -> None:
    own = rows.article("own article")
    with pytest.raises(CommandError, match="--yes"):
        call_command("remove", "--samples")
    call_command("remove", "--samples", "--yes")
    assert list(Article.objects.filter(removed=None)) == [own]
    assert not Source.samples().exists()
    call_command("remove", "--samples", "--undo")
    assert Source.samples().count() == 1
