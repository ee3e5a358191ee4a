"""Roles: groups that may do what they should, and nothing more, whatever address is guessed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.support.articles import CAST, read_all
from tests.support.users import content, logged_in, member
from timeline.curation import decide, roles
from timeline.models import Article, Claim, Correction, Event

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def vote() -> Event:
    read_all(CAST[:1])
    return Event.objects.get()


# --- the groups ---------------------------------------------------------------------------------


def test_the_command_makes_the_groups_and_twice_is_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("roles")
    before = {g.name: set(g.permissions.values_list("codename", flat=True)) for g in Group.objects.all()}
    assert before == {name: set(wanted) for name, wanted in roles.ROLES.items()}
    capsys.readouterr()
    call_command("roles")
    assert {g.name: set(g.permissions.values_list("codename", flat=True)) for g in Group.objects.all()} == before
    assert [line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines()] == ["as it should be"] * len(
        roles.ROLES
    )


def test_what_an_operator_gave_stays_and_what_he_took_away_by_mistake_comes_back() -> None:
    roles.sync_roles()
    group = Group.objects.get(name="editor")
    extra = Permission.objects.get(codename="change_source")
    group.permissions.add(extra)
    group.permissions.remove(Permission.objects.get(codename="add_correction"))
    brought = {role.name: role for role in roles.sync_roles()}["editor"]
    assert (brought.added, brought.beside) == (("add_correction",), ("change_source",))
    assert set(group.permissions.values_list("codename", flat=True)) == roles.ROLES["editor"] | {"change_source"}


def test_each_role_may_what_the_one_before_may() -> None:
    assert roles.ROLES["reader"] < roles.ROLES["editor"] < roles.ROLES["chief"]
    assert not roles.ROLES["machine"]


def test_no_role_may_see_what_others_saved_or_write_computed_rows() -> None:
    machine_written = ("event", "claim", "eventbelief", "eventparticipant", "change", "articleversion")
    for wanted in roles.ROLES.values():
        assert not {f"{act}_{model}" for act in ("add", "change", "delete") for model in machine_written} & wanted
        assert not [name for name in wanted if name.endswith("savedfilter") or name.startswith("delete_")]


# --- single decisions ---------------------------------------------------------------------------


def test_an_editor_undoes_his_own_decisions_and_a_chief_those_of_all(vote: Event) -> None:
    one, two, chief = member("one", "editor"), member("two", "editor"), member("chief", "chief")
    made = decide.correct_field(vote, "status", "expected", one)
    with pytest.raises(PermissionDenied):
        decide.undo_correction(made, two)
    made.refresh_from_db()
    assert made.in_force
    decide.undo_correction(made, one)
    decide.redo_correction(made, one)
    decide.undo_correction(made, chief)
    assert made.undone_by == chief


def test_a_reader_and_a_program_decide_nothing(vote: Event) -> None:
    made = decide.correct_field(vote, "status", "expected", member("editor", "editor"))
    for user in (member("reader", "reader"), member("program", "machine")):
        for act in (
            lambda u: decide.correct_field(vote, "status", "cancelled", u),
            lambda u: decide.undo_correction(made, u),
        ):
            with pytest.raises(PermissionDenied):
                act(user)
    assert Correction.objects.count() == 1 and Correction.objects.get().in_force


# --- whatever address is guessed ----------------------------------------------------------------


def admin_paths() -> Iterator[str]:
    """Every address of the admin, with the numbers of rows that are there."""
    some = {model: model._default_manager.order_by("pk").first() for model in admin.site._registry}
    for model, row in some.items():
        head = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for pattern in _patterns(admin.site._registry[model].urls):
            path = pattern.replace("<path:object_id>", str(row.pk if row else 1))
            path = path.replace("<str:object_id>", str(row.pk if row else 1)).replace("<int:object_id>", "1")
            if "<" not in path:
                yield head + path
    resolver = next(r for r in get_resolver().url_patterns if isinstance(r, URLResolver) and r.app_name == "admin")
    for pattern in _patterns(resolver.url_patterns):
        if "<" not in pattern and not pattern.startswith(("logout", "auth/", "timeline/")):
            yield "/admin/" + pattern


def _patterns(patterns: object) -> Iterator[str]:
    for one in patterns:  # type: ignore[attr-defined]
        if isinstance(one, URLPattern):
            yield str(one.pattern).replace("^", "").replace("$", "")


def test_no_get_of_the_admin_changes_anything(vote: Event) -> None:
    chief = User.objects.create_superuser("chief")
    decide.correct_field(vote, "status", "expected", chief)
    client, before = logged_in(chief), content()
    paths = sorted(set(admin_paths()))
    assert len(paths) > 50
    for path in paths:
        assert client.get(path).status_code < 500, path
        client.get(f"{path}?action=undo&_selected_action=1&confirmed=yes")
    assert content() == before


def test_whoever_is_nobody_gets_no_page_of_the_admin(vote: Event) -> None:
    made = decide.correct_field(
        vote, "status", "expected", User.objects.create_superuser("chief"), "told by the palace"
    )
    program = member("program", "machine")
    for path in sorted(set(admin_paths())):
        if path.startswith("/admin/timeline/"):
            anonymous, machine = Client().get(path), logged_in(program).get(path)
            assert (anonymous.status_code, machine.status_code) in {(302, 403), (302, 302), (302, 404)}, path
            assert vote.pk not in machine.content.decode() and made.reason not in machine.content.decode(), path


def test_a_reader_looks_at_everything_in_the_admin_and_posts_in_vain(vote: Event) -> None:
    made = decide.correct_field(vote, "status", "expected", member("editor", "editor"))
    client, before = logged_in(member("reader", "reader")), content()
    for model in roles.VIEWABLE_MODELS:
        if apps.get_model("timeline", model) in admin.site._registry:
            assert client.get(f"/admin/timeline/{model}/").status_code == 200, model
    for path in sorted(set(admin_paths())):
        if path.startswith("/admin/timeline/"):
            answer = client.post(path, {"action": "undo", "_selected_action": [made.pk], "decision": made.pk})
            assert answer.status_code in (200, 302, 403, 404, 405), path
    assert content() == before
    assert Article.objects.count() == 1 and Claim.objects.count() == 1


def test_pages_that_are_closed_say_the_same_of_what_is_there_and_what_is_not(vote: Event) -> None:
    client = logged_in(member("program", "machine"))
    there = client.get(f"/admin/timeline/event/{vote.pk}/change/")
    missing = client.get("/admin/timeline/event/0000000000/change/")
    assert there.status_code == missing.status_code == 403
    assert there.content == missing.content


def test_every_action_of_the_admin_needs_a_token_against_forged_requests(vote: Event) -> None:
    chief = User.objects.create_superuser("chief")
    made = decide.correct_field(vote, "status", "expected", chief)
    client = Client(enforce_csrf_checks=True)
    client.force_login(chief)
    before = content()
    for path in sorted(set(admin_paths())):
        if path.startswith("/admin/timeline/"):
            answer = client.post(path, {"action": "undo", "_selected_action": [made.pk], "decision": made.pk})
            assert answer.status_code in (403, 405), path
    assert content() == before
