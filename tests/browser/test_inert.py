"""What strangers write stays text: payloads in every field of every page.

Three nets: no element or attribute of a payload becomes one of the page, for every payload on every page by a parser of
HTML5; and in a real browser, for some of each, nothing runs although the policy is switched off, and nothing is even
refused by it when it is on.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer
from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.support.processes import sign_in, wait_until
from tests.support.rows import article, believe, claim, event, expression
from timeline.models import Actor, ApiToken, Article, ArticleVersion, Claim, Correction, SavedFilter, Source
from timeline.sandbox.caller import SANDBOX

# Each calls xss() if a browser takes it for more than text.
NEWS = "，英国议会选举将在下周举行，双方都没有公布更多细节，官员拒绝评论。"  # so that the text is read as Chinese
PAYLOADS = [
    "<script>xss()</script>",
    "</script><script>xss()</script>",
    "</title><script>xss()</script>",
    "</textarea><script>xss()</script>",
    "</style><script>xss()</script>",
    "</noscript><script>xss()</script>",
    "--><script>xss()</script><!--",
    "]]><script>xss()</script>",
    "<ScRiPt>xss()</sCrIpT>",
    "<script/x>xss()</script >",
    "<script>xss()//",
    "<<script>xss();//<</script>",
    "<scr<script>ipt>xss()</scr</script>ipt>",
    "\x00<script>xss()</script>".replace("\x00", ""),
    "<img src=x onerror=xss()>",
    '"><img src=x onerror=xss()>',
    "'><img src=x onerror=xss()>",
    "<img src=x onerror='xss()'//",
    '<IMG """><SCRIPT>xss()</SCRIPT>">',
    "<img/src/onerror=xss()>",
    "<img src=1 onerror\n=\nxss()>",
    "<image src=x onerror=xss()>",
    "<svg onload=xss()>",
    "<svg/onload=xss()>",
    "<svg><script>xss()</script></svg>",
    "<svg><script href='data:,xss()' />",
    "<svg><animate onbegin=xss() attributeName=x dur=1s>",
    "<svg><set attributeName=href to=javascript:xss() /><a><text>x",
    "<svg><foreignObject><iframe srcdoc='<script>parent.xss()</script>'>",
    "<svg><use href=\"data:image/svg+xml,<svg id='x' onload='xss()'/>#x\">",
    "<math><mtext><table><mglyph><style><img src=x onerror=xss()>",
    "<math href=javascript:xss()>x</math>",
    "<body onload=xss()>",
    "<iframe src=javascript:xss()>",
    '<iframe srcdoc="<script>parent.xss()</script>">',
    "<object data=javascript:xss()>",
    "<embed src=javascript:xss()>",
    "<video><source onerror=xss()>",
    "<audio src=x onerror=xss()>",
    "<details open ontoggle=xss()>",
    "<input autofocus onfocus=xss()>",
    "<select autofocus onfocus=xss()>",
    "<textarea autofocus onfocus=xss()>",
    "<marquee onstart=xss()>",
    "<style>@import'javascript:xss()';</style>",
    "<style onload=xss()></style>",
    "<link rel=stylesheet href=x onerror=xss()>",
    "<link rel=import href='data:text/html,<script>xss()</script>'>",
    "<meta http-equiv=refresh content='0;url=javascript:xss()'>",
    "<base href='javascript:/a/-xss()//'>",
    "<form action=javascript:xss()><button autofocus>x",
    "<button form=x formaction=javascript:xss()>x",
    "<template><script>xss()</script></template>",
    "<xss-probe autofocus tabindex=1 onfocus=xss()>",
    '" onmouseover=xss() autofocus onfocus=xss() x="',
    "' onmouseover=xss() autofocus onfocus=xss() x='",
    "` onmouseover=xss() `",
    'x" hx-on:load="xss()" hx-get="/" hx-trigger="load" x="',
    "<div hx-on::load='xss()' hx-get=/ hx-trigger='load[xss()]'>x</div>",
    "<div data-hx-on:click=xss() hx-vals='js:{a:xss()}' hx-get=/ hx-trigger=load>",
    "javascript:xss()",
    "JaVaScRiPt:xss()",
    "java\tscript:xss()",
    "&#106;avascript:xss()",
    "data:text/html,<script>xss()</script>",
    "&lt;script&gt;xss()&lt;/script&gt;",
    "&#60;img src=x onerror=xss()&#62;",
    "%3Cscript%3Exss()%3C/script%3E",
    "\\u003cscript\\u003exss()\\u003c/script\\u003e",
    "\\x3cimg src=x onerror=xss()\\x3e",
    "\uff1cscript\uff1exss()\uff1c/script\uff1e",
    "\u02bascript\u02bb<img src=x onerror=xss()>",
    "{{constructor.constructor('xss()')()}}",
    "${xss()}",
    "{% load x %}{{ xss }}",
    "#{xss()}",
    "';xss();//",
    '";xss();//',
    "\\';xss();//",
    "*/xss()/*",
    "</ld+json><script>xss()</script>",
    "\u2028xss()\u2029",
    "\u202e<script>xss()</script>",
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=xss() )//%0D%0A//</stYle/</titLe/</teXtarEa/</scRipt/--!>"
    "<sVg/<sVg/oNloAd=xss()//>",
]
NET = """
window.caught = [];
window.xss = () => window.caught.push('executed');
document.addEventListener('securitypolicyviolation', v => window.caught.push(`${v.violatedDirective} ${v.blockedURI}`));
"""
# What no page of newsdesk has, and what payloads are made of.
FOREIGN = (
    "xss-probe, iframe, object, embed, base, marquee, math, audio, video, foreignObject, animate, template template, "
    "[onerror], [onload], [onfocus], [onmouseover], [ontoggle], [onclick], [srcdoc], [href^='java' i], [formaction], "
    "[action^='java' i], [src^='java' i], meta[http-equiv=refresh], image, [hx-vals], [hx-on\\\\:load]"
)
SHORT = [payload for payload in PAYLOADS if len(payload) <= 80]


FOREIGN_TAGS = frozenset(
    "xss-probe iframe object embed base marquee math audio video foreignobject animate set image mglyph".split()
)
LINKS = ("href", "xlink:href", "src", "action", "data")
FOREIGN_ATTRIBUTES = ("on", "srcdoc", "formaction", "hx-vals", "hx-on", "data-hx-on")


@pytest.fixture
def written(transactional_db: None) -> User:
    """A database in which strangers wrote whatever could be written, one event for each payload; its chief."""
    chief = User.objects.create_superuser("chief", password="a-long-password", first_name=PAYLOADS[0])
    for n, bad in enumerate(PAYLOADS):
        code, text = f"x{n}", f"{bad}2024年7月4日举行大选。\n{bad}"
        Actor.objects.create(code=code, kind="country", name_zh_hans=bad[:80], name_zh_hant=bad[:80], name_en=bad[:80])
        room = Source.objects.create(slug=f"s{n}", name=bad[:120], language=bad[:16])
        told = article(
            text,
            title=bad,
            of=room.slug,
            url=f"https://s.example/{n}?{bad}"[:2000],
            expressions=[expression(text, "2024年7月4日", "2024-07-04", "2024-07-04", [["as_written", [bad]]])],
            title_expressions=[
                {
                    "text": bad[:3],
                    "start_char": 0,
                    "end_char": 3,
                    "start": bad,
                    "end": bad,
                    "reasons": [["decade", [bad]]],
                }
            ],
            language=bad[:16],
            anchor_from=bad[:16],
            failure=bad,
        )
        vote = event(f"e{n}", [code], "2024-07-04", since="2024-03-20")
        why = [["counted", [bad, bad]], ["as_written", [bad]], ["after", [bad, bad, bad, bad]], [bad, [bad]], bad]
        said = claim(vote, told, text.split("\n")[0], trigger="大选", said_by=bad[:120], reasons=why, doubts=[bad])
        Claim.objects.filter(pk=said.pk).update(mentions=[[0, 4, bad]], expressions=[0])
        believe(vote, "2024-04-01", "2024-07-05", "2024-07-05", status=bad[:12], change=bad[:12])
        Correction.objects.create(event=vote, field="status", value=bad, reason=bad, editor=chief)
        ArticleVersion.objects.create(
            article=told, version=1, title=bad, published=told.published, markup=bad, text=bad
        )
        if n % 3 == 0:
            Article.objects.filter(pk=told.pk).update(state=Article.State.FAILED)
    for n, bad in enumerate(SHORT):
        SavedFilter.objects.get_or_create(user=chief, name=bad, query=f"q={bad}")
        ApiToken.objects.create(name=bad, digest=str(n), scopes=[bad])
    return chief


@pytest.fixture
def site(written: User, live_server: LiveServer) -> str:
    return str(live_server.url)


def is_foreign(node: LexborNode) -> bool:
    """Whether an element is none of ours: by its name, an attribute, or a script of the payloads."""
    tag, attributes = str(node.tag).lower(), node.attributes
    if tag in FOREIGN_TAGS or any(name.lower().startswith(FOREIGN_ATTRIBUTES) for name in attributes):
        return True
    if any("script:" in "".join((attributes.get(name) or "").lower().split())[:12] for name in LINKS):
        return True
    if tag == "use":
        return not (attributes.get("href") or attributes.get("xlink:href") or "").startswith("#")
    if tag == "img":
        return not (attributes.get("src") or "").startswith("/static/")
    if tag == "script":
        return "src" not in attributes and attributes.get("type") != "application/ld+json"
    return tag == "meta" and (attributes.get("http-equiv") or "").lower() == "refresh"


def foreign(page: bytes) -> list[str]:
    """The elements of a page of HTML that are none of ours."""
    nodes = LexborHTMLParser(page.decode()).css("*")
    return [(node.html or "")[:200] for node in nodes if is_foreign(node)]


def addresses() -> Iterator[str]:
    yield from ("/?window=all", "/?window=all&group=country", "/facets/?window=all", "/desk/", "/saved/")
    yield from (
        "/feed/about/",
        "/feed.atom?window=all",
        "/feed.json?window=all",
        "/changes.json",
        "/api/v1/events?limit=200",
    )
    models = ("article", "articleversion", "claim", "event", "correction", "source", "actor", "eventbelief", "apitoken")
    yield from (f"/admin/timeline/{model}/" for model in models)
    yield from ("/admin/", "/admin/progress/")


def addresses_of(n: int, pk: int) -> Iterator[str]:
    source = Source.objects.get(slug=f"s{n}").pk
    yield from (
        f"/events/e{n}/",
        f"/events/e{n}/card/",
        f"/events/e{n}/beside/",
        f"/events/e{n}.jsonld",
        f"/articles/{pk}/",
    )
    if n % 4 == 0:
        yield from (f"/admin/timeline/event/e{n}/change/", f"/admin/timeline/article/{pk}/change/")
        yield from (f"/admin/timeline/source/{source}/change/", f"/admin/timeline/actor/x{n}/change/")


@pytest.fixture(params=[True, False], ids=["policy off", "policy on"])
def watched(request: pytest.FixtureRequest, chromium: Browser, site: str) -> Iterator[tuple[BrowserContext, str, bool]]:
    context = chromium.new_context(locale="zh-CN", bypass_csp=request.param)
    context.set_default_timeout(30_000)
    context.add_init_script(NET)
    sign_in(context, site, User.objects.get(username="chief"))
    yield context, site, request.param
    context.close()


def caught(page: Page) -> list[str]:
    """What ran or was refused, and what stands in the page that is not ours."""
    found: list[str] = page.evaluate("window.caught ?? []")
    strange: list[str] = page.evaluate(
        f"[...document.querySelectorAll(`{FOREIGN}`)].map(e => e.outerHTML.slice(0, 200))"
    )
    return found + strange


def test_no_element_of_what_strangers_wrote_is_one_of_a_page(written: User) -> None:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(written)
    rows = dict(Article.objects.values_list("claims__event", "pk"))
    for url in [*addresses(), *(url for n in range(len(PAYLOADS)) for url in addresses_of(n, rows[f"e{n}"]))]:
        answer: Any = client.get(url)
        assert answer.status_code == 200, url
        if answer["Content-Type"].startswith("text/html"):
            assert foreign(answer.content) == [], url


def test_no_element_of_what_a_reader_types_is_one_of_a_page(written: User) -> None:
    client, seen = Client(headers={"accept-language": "zh-hans"}), 0
    for bad in PAYLOADS:
        asked = urlencode({"q": bad, "country": bad, "next": bad, bad: bad})
        for url in ("/", "/facets/", "/login/", "/nothing/" + quote(bad, safe="")):
            answer: Any = client.get(url, QUERY_STRING=asked)
            assert answer.status_code in (200, 400, 404), url
            assert foreign(answer.content) == [], (url, bad)
            seen += bad[:9].encode() in html.unescape(answer.content.decode()).encode()
    assert seen > len(PAYLOADS), "what was typed comes back in the pages"


@pytest.mark.parametrize(
    "part", ["<img src=x onerror=xss()>", "<script>xss()</script>", "<a href='java\tscript:xss()'>x</a>", "<svg><set>"]
)
def test_an_element_of_a_payload_is_seen(part: str) -> None:
    assert foreign(f"<!doctype html><p>{part}</p>".encode())


@pytest.mark.timeout(420)
def test_nothing_that_strangers_wrote_runs(watched: tuple[BrowserContext, str, bool]) -> None:
    context, site, policy_off = watched
    page = context.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    rows = dict(Article.objects.values_list("claims__event", "pk"))
    step = 6 if policy_off else 18
    every = [*addresses(), *(url for n in range(0, len(PAYLOADS), step) for url in addresses_of(n, rows[f"e{n}"]))]
    for url in every:
        answer = page.goto(site + url, wait_until="load")
        assert answer is not None and answer.status == 200, url
        assert caught(page) == [], url
    assert dialogs == []


@pytest.mark.timeout(420)
def test_nothing_that_a_reader_types_runs(watched: tuple[BrowserContext, str, bool]) -> None:
    """In filters, in addresses, in the text that is tried: what comes back at once."""
    context, site, policy_off = watched
    page = context.new_page()
    tried = PAYLOADS if policy_off else PAYLOADS[::3]
    for bad in tried[::6]:
        asked = urlencode({"q": bad, "country": bad, "next": bad, bad: bad})
        for url in ("/", "/facets/", "/login/", "/nothing/" + quote(bad, safe="")):
            page.goto(f"{site}{url}?{asked}")
            assert caught(page) == [], (url, bad)
    SANDBOX.call("mark", text="今天", day="2024-03-20", language="en")  # its start takes longer than a browser waits
    page.goto(f"{site}/try/")
    for number in range(1, 5):  # several texts, since one that is left open may hide what comes after it
        page.fill("textarea[name=text]", f"{NEWS}\n".join([*tried[number - 1 :: 4], f"2024年5月{number}日"]))
        expect(page.locator("#findings")).to_contain_text(f"2024-05-0{number}", timeout=30_000)
        assert caught(page) == [], number


def test_the_mark_of_a_payload_is_shown_as_it_was_written(watched: tuple[BrowserContext, str, bool]) -> None:
    context, site, _ = watched
    page = context.new_page()
    n = PAYLOADS.index("<img src=x onerror=xss()>")
    page.goto(f"{site}/articles/{Article.objects.get(claims__event=f'e{n}').pk}/")
    assert page.locator("h1").inner_text().startswith("<img src=x onerror=xss()>")


@pytest.mark.parametrize("bypass", [True, False])
def test_the_nets_hold(chromium: Browser, live_server: LiveServer, bypass: bool) -> None:
    """What would run is seen where the policy is off, and where it is on, it is refused and seen."""
    context: Any = chromium.new_context(bypass_csp=bypass)
    context.add_init_script(NET)
    page = context.new_page()
    page.goto(f"{live_server.url}/login/")
    page.evaluate("document.querySelector('main').innerHTML = '<img src=/nothing onerror=xss()><xss-probe>'")
    wait_until(lambda: page.evaluate("window.caught.length > 0"), "it is caught")
    first, *rest = caught(page)
    assert first == "executed" if bypass else first.startswith("script-src")
    assert any("xss-probe" in found for found in rest)
    context.close()
