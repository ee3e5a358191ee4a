"""Who may come in by an identity provider or a trusted proxy: through real servers, and against those who lie."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured

from newsdesk import environment as env
from tests.support.identity_provider import Provider, identity_provider
from tests.support.serving import web_server
from timeline.curation import roles

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.any_database]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with identity_provider() as found:
        yield found


def sign_in(port: int, after: str = "/saved/") -> tuple[httpx.Client, httpx.Response]:
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True, headers={"accept-language": "en"})
    return client, client.get("/oidc/authenticate/", params={"next": after})


def signed_in_as(client: httpx.Client) -> str:
    page = client.get("/saved/").text
    return page.partition("Signed in as ")[2].partition(".")[0]


def test_by_openid_connect_from_the_login_page_to_where_one_came_from(provider: Provider, tmp_path: Path) -> None:
    roles.sync_roles()
    User.objects.create_user("wang", password="a-password-of-her-own")
    with web_server(tmp_path / "web.log", **provider.environment) as port:
        login = httpx.get(f"http://127.0.0.1:{port}/login/?next=/saved/", headers={"accept-language": "en"}).text
        assert "Sign in with single sign-on" in login

        provider.user |= {"groups": ["editor", "the whole house"], "given_name": "Lin"}
        client, answer = sign_in(port)
        assert (answer.status_code, answer.url.path, signed_in_as(client)) == (200, "/saved/", "lin")
        lin = User.objects.get(username="lin")
        assert [group.name for group in lin.groups.all()] == ["editor"]
        assert (lin.is_staff, lin.is_superuser, lin.has_usable_password(), lin.first_name) == (
            True,
            False,
            False,
            "Lin",
        )

        provider.user |= {"groups": []}
        sign_in(port)
        lin.refresh_from_db()
        assert not lin.is_staff and not lin.groups.exists()

        provider.user["preferred_username"] = "wang"  # she has a password here
        assert signed_in_as(sign_in(port)[0]) == ""

        provider.user["preferred_username"] = "eve"
        for lie in ({"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}, {"exp": None}, {"nonce": "old"}):
            provider.lies = lie
            assert signed_in_as(sign_in(port)[0]) == "", lie
        provider.lies, provider.signing_key = {}, rsa.generate_private_key(65537, 2048)
        assert signed_in_as(sign_in(port)[0]) == ""
        assert not User.objects.filter(username="eve").exists()

        provider.signing_key = None
        _, elsewhere = sign_in(port, "https://evil.example/")
        assert elsewhere.url.host == "127.0.0.1"


def test_without_settings_there_is_no_way_in(tmp_path: Path) -> None:
    with web_server(tmp_path / "web.log") as port:
        base = f"http://127.0.0.1:{port}"
        assert "single sign-on" not in httpx.get(f"{base}/login/", headers={"accept-language": "en"}).text
        assert httpx.get(f"{base}/oidc/authenticate/").status_code == 404
        assert httpx.get(f"{base}/saved/", headers={"X-Remote-User": "lin"}).status_code == 302


def test_a_trusted_proxy_says_who_it_is_and_nobody_else(tmp_path: Path) -> None:
    roles.sync_roles()
    User.objects.create_superuser("chief", password="a-password-of-her-own")
    headers = {"NEWSDESK_USER_HEADER": "X-Remote-User", "NEWSDESK_GROUPS_HEADER": "X-Remote-Groups"}
    lin = {"X-Remote-User": "lin", "X-Remote-Groups": "editor, nobody", "accept-language": "en"}
    with web_server(
        tmp_path / "a.log", NEWSDESK_TRUSTED_PROXIES="127.0.0.1", NEWSDESK_PAGES_KEPT="100", **headers
    ) as port:
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}")
        client.get("/")  # the page of nobody is kept
        assert "Signed in as lin." in client.get("/saved/", headers=lin).text
        assert 'href="/saved/"' in client.get("/", headers=lin).text
        assert client.get("/admin/", headers=lin).status_code == 200
        assert client.get("/saved/").status_code == 302  # named no more: signed out
        chief = lin | {"X-Remote-User": "chief"}
        assert client.get("/admin/", headers=chief).status_code == 302
    found = User.objects.get(username="lin")
    assert ([g.name for g in found.groups.all()], found.has_usable_password()) == (["editor"], False)
    with web_server(tmp_path / "b.log", NEWSDESK_TRUSTED_PROXIES="10.0.0.1", **headers) as port:
        assert httpx.get(f"http://127.0.0.1:{port}/saved/", headers=lin).status_code == 302


def test_half_a_provider_stops_the_start_and_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.oidc("NEWSDESK_OIDC") == {}
    monkeypatch.setenv("NEWSDESK_OIDC_ISSUER", "https://id.example")
    with pytest.raises(ImproperlyConfigured, match="NEWSDESK_OIDC_TOKEN_URL"):
        env.oidc("NEWSDESK_OIDC")


@pytest.mark.parametrize(("given", "key"), [("", ""), ("X-Remote-User", "HTTP_X_REMOTE_USER"), ("Remote User", None)])
def test_the_name_of_a_header(monkeypatch: pytest.MonkeyPatch, given: str, key: str | None) -> None:
    monkeypatch.setenv("NEWSDESK_USER_HEADER", given)
    if key is None:
        with pytest.raises(ImproperlyConfigured):
            env.header("NEWSDESK_USER_HEADER")
    else:
        assert env.header("NEWSDESK_USER_HEADER") == key
