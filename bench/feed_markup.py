"""Feeds whose markup is unusual or broken."""

# ruff: noqa: E501 - a document stands on one line

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from bench.feed_cases import Case, Item, atom, entry, expect, item, rss

WORDS = ("Bündnis tagt", "两国签署协定", "兩國簽署協定", "Voters go to the polls")
MEDIA = ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
CONTENT = ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
XHTML = "http://www.w3.org/1999/xhtml"


def cases() -> Iterator[Case]:
    yield from _xhtml()
    yield from _children()
    yield from _empty()
    yield from _references()
    yield from _brackets()
    yield from _media()
    yield from _junk()
    yield from _html()
    yield from _prefixes()
    yield from _namespaces()
    yield from _broken()


def _feed(kind: str, name: str, document: str, items: list[Item], title: str = "Bote") -> Case:
    return expect(kind, name, document.encode(), items, title=title)


def _xhtml() -> Iterator[Case]:
    div = f"<div xmlns='{XHTML}'>"
    for n, word in enumerate(WORDS):
        forms = {
            "title": (
                f"<title type='xhtml'>{div}{word} <em>heute</em></div></title>",
                f"{word} heute",
                "<summary>s</summary>",
                "s",
            ),
            "content": (
                f"<title>{word}</title>",
                word,
                f"<content type='xhtml'>{div}<p>{word} <b>jetzt</b>.</p></div></content>",
                f"<p>{word} <b>jetzt</b>.</p>",
            ),
            "prefix": (
                f"<title>{word}</title>",
                word,
                f"<content type='xhtml'><h:div xmlns:h='{XHTML}'><h:p>{word}</h:p></h:div></content>",
                f"<p>{word}</p>",
            ),
            "empty": (
                f"<title>{word}</title>",
                word,
                f"<content type='xhtml'>{div}<a id='x'/><p>{word}</p></div></content>",
                "<a id='x'></a>",
            ),
            "summary": (
                f"<title>{word}</title>",
                word,
                f"<summary type='xhtml'>{div}<p>{word} &lt; mehr &amp; mehr</p></div></summary>",
                f"<p>{word} &lt; mehr &amp; mehr</p>",
            ),
            "break": (
                f"<title type='xhtml'>{div}{word}<br/>heute</div></title>",
                f"{word} heute",
                "<content type='html'>&lt;p>c&lt;/p></content>",
                "<p>c</p>",
            ),
        }
        for name, (head, title, body, text) in forms.items():
            yield _feed(
                "xhtml",
                f"{name} {n}",
                atom(entry(head, 1, body) + entry("<title>zwei</title>", 2, "")),
                [Item(title, text=None if name == "empty" else text, without="<a id='x'/>"), Item("zwei")],
            )


def _children() -> Iterator[Case]:
    inner = {
        "paragraphs": "<p>{w} eins.</p><p>{w} zwei.</p>",
        "text and child": "{w} <b>eins</b> und zwei.",
        "link": 'Lies <a href="https://news.example/x?a=1&amp;b=2">{w}</a> hier.',
        "nested": "<div><ul><li>{w}</li><li>zwei</li></ul></div>",
        "picture": '<img src="https://news.example/a.png" alt="x"/>{w} danach.',
        "broken line": "{w}<br/>zwei",
    }
    for (name, form), (n, word) in product(inner.items(), enumerate(WORDS)):
        text = form.format(w=word)
        wanted = [Item("eins", text=word, link="https://news.example/1"), Item("zwei")]
        yield _feed("children", f"{name} {n}", rss(item("eins", 1, text) + item("zwei", 2, "x")), wanted)
        if n == 0:
            more = f"<content:encoded>{text}</content:encoded>"
            yield _feed(
                "children",
                f"encoded {name}",
                rss(item("eins", 1, "kurz", more) + item("zwei", 2, "x"), names=CONTENT),
                [Item("eins", text=text.split("<")[0] or word), Item("zwei")],
            )


def _empty() -> Iterator[Case]:
    for n, word in enumerate(WORDS):
        forms = {
            "description": item(word, 1, "").replace("<description></description>", "<description/>"),
            "encoded": item(word, 1, word, "<content:encoded/>"),
            "author": item(word, 1, word, "<author/><dc:creator/>"),
            "category": item(word, 1, word, "<category/><comments/>"),
            "guid": item(word, 1, word).replace("<guid isPermaLink='false'>g1</guid>", "<guid/>"),
            "title": item("", 1, word).replace("<title></title>", "<title/>"),
        }
        for name, form in forms.items():
            title = "" if name == "title" else word
            text = "" if name == "description" else word
            yield _feed(
                "empty elements",
                f"{name} {n}",
                rss(form + item("zwei", 2, "x"), names=CONTENT),
                [Item(title, text=text), Item("zwei", text="x")],
            )


def _references() -> Iterator[Case]:
    pairs = {
        "&#150;": "–",
        "&#x97;": "—",
        "&#145;": "‘",
        "&#146;": "’",
        "&#147;": "“",
        "&#148;": "”",
        "&#133;": "…",
        "&#128;": "€",
        "&#x95;": "•",
        "&#153;": "™",
    }
    for reference, sign in pairs.items():
        name = reference.strip("&;")
        yield _feed(
            "C1 references",
            f"title {name}",
            rss(item(f"Heute {reference} morgen", 1, "x")),
            [Item(f"Heute {sign} morgen")],
        )
        yield _feed(
            "C1 references",
            f"text {name}",
            rss(item("eins", 1, f"Heute {reference} morgen")),
            [Item("eins", text=f"Heute {sign} morgen")],
        )
        yield _feed(
            "C1 references",
            f"atom {name}",
            atom(entry(f"<title>Heute {reference} morgen</title>", 1, "")),
            [Item(f"Heute {sign} morgen")],
        )
    for reference in ("&#0;", "&#11;", "&#xFFFE;", "&#xD800;", "&#x110000;", "&#99999999;"):
        yield _feed(
            "C1 references",
            f"no character {reference.strip('&;')}",
            rss(item(f"A{reference}B", 1, "x") + item("zwei", 2, "y")),
            [Item("A\ufffdB"), Item("zwei")],
        )


def _brackets() -> Iterator[Case]:
    titles = [
        "部長談<晨報>社論",
        "A <B> C",
        "1 < 2 und 3 > 2",
        "<號外>投票延長",
        "Wer <ist> das?",
        "x<y",
        "《a<b》",
        "<3 für alle",
    ]
    for n, title in enumerate(titles):
        safe = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        half = title.replace("<", "&lt;")
        forms = {
            "escaped": safe,
            "half escaped": half,
            "CDATA": f"<![CDATA[{title}]]>",
            "twice": safe.replace("&", "&amp;"),
            "raw": title,
        }
        for name, form in forms.items():
            if name == "raw" and title == "<3 für alle":
                continue
            yield _feed(
                "brackets in titles",
                f"{name} {n}",
                rss(item(form, 1, "x") + item("zwei", 2, "y")),
                [Item(title, text="x"), Item("zwei")],
            )
        yield _feed(
            "brackets in titles", f"atom {n}", atom(entry(f"<title type='text'>{safe}</title>", 1, "")), [Item(title)]
        )
    for form in (
        "&lt;b>Heute&lt;/b> wird gewählt",
        "<![CDATA[<b>Heute</b> wird gewählt]]>",
        "<b>Heute</b> wird gewählt",
    ):
        yield _feed("brackets in titles", "markup " + form[:9], rss(item(form, 1, "x")), [Item("Heute wird gewählt")])


def _media() -> Iterator[Case]:
    others = {
        "media title": "<media:title>falsch</media:title>",
        "media content": '<media:content url="https://news.example/a.jpg" medium="image"><media:title>falsch</media:title><media:description>falsch</media:description></media:content>',
        "media group": "<media:group><media:title>falsch</media:title><media:description>falsch und sehr viel länger als der eigene Text</media:description></media:group>",
        "itunes": "<itunes:title>falsch</itunes:title><itunes:summary>falsch und sehr viel länger als der eigene Text</itunes:summary><itunes:author>falsch</itunes:author>",
        "media link": '<media:content url="https://news.example/falsch.mp4"/><media:player url="https://news.example/falsch"/>',
    }
    for (name, other), (n, word), before in product(others.items(), enumerate(WORDS[:2]), (True, False)):
        own = item(word, 1, f"<![CDATA[<p>{word}</p>]]>")
        made = own.replace("<item>", "<item>" + other) if before else own.replace("</item>", other + "</item>")
        yield _feed(
            "media and itunes",
            f"{name} {n} {before}",
            rss(made, names=MEDIA),
            [Item(word, link="https://news.example/1", text=f"<p>{word}</p>", without="falsch")],
        )
        body = f"<summary type='html'>&lt;p>{word}&lt;/p></summary>"
        made = (
            entry(other + f"<title>{word}</title>", 1, body)
            if before
            else entry(f"<title>{word}</title>", 1, body + other)
        )
        yield _feed(
            "media and itunes",
            f"atom {name} {n} {before}",
            atom(made, MEDIA),
            [Item(word, link="https://news.example/1", text=f"<p>{word}</p>", without="falsch")],
        )
    only = "<media:group><media:description>allein</media:description></media:group>"
    yield _feed(
        "media and itunes", "alone", atom(entry("<title>a</title>", 1, only), MEDIA), [Item("a", text="allein")]
    )
    alone = item("a", 1, "", "<itunes:summary>allein</itunes:summary>")
    yield _feed("media and itunes", "alone in itunes", rss(alone, names=MEDIA), [Item("a", text="allein")])


def _junk() -> Iterator[Case]:
    junk = [
        "\n\n\n",
        " \t ",
        "<!-- generated -->\n",
        "<br />\n<b>Warning</b>: mysql_connect() in <b>/srv/x.php</b> on line <b>3</b><br />\n",
        "Notice: undefined index\n",
        "\ufeff\ufeff",
        "HTTP/1.1 200 OK\nContent-Type: text/xml\n\n",
        "<style>a{}</style>\n",
        "&nbsp;",
        "<?php echo 1 ?>\n",
        "// ok\n",
        "<!-- a -->\n<!-- b > -->\n",
        "x" * 3000,
        "null",
    ]
    for n, before in enumerate(junk):
        wanted = [Item(WORDS[1], text="Text"), Item("zwei")]
        yield _feed(
            "text before the document",
            f"rss {n}",
            before + rss(item(WORDS[1], 1, "Text") + item("zwei", 2, "x")),
            wanted,
        )
        body = "<summary>Text</summary>"
        yield _feed(
            "text before the document",
            f"atom {n}",
            before + atom(entry(f"<title>{WORDS[1]}</title>", 1, body) + entry("<title>zwei</title>", 2, "")),
            wanted,
        )


def _html() -> Iterator[Case]:
    texts = {
        "br": "{w}<br>danach",
        "br twice": "{w}<br><br>danach",
        "hr": "{w}<hr>danach",
        "img": '<img src="https://news.example/a.png">{w} danach',
        "open p": "<p>{w}<p>danach",
        "no quotes": "<a href=https://news.example/x>{w}</a> danach",
        "crossed": "<b>{w}<i>x</b></i> danach",
        "checked": "<input checked>{w} danach",
        "name": "{w} &mdash; danach &copy;",
        "end": "{w}</p> danach",
        "ampersand": "{w} AT&T <br> danach",
    }
    for (name, form), (n, word) in product(texts.items(), enumerate(WORDS[:3])):
        text = form.format(w=word)
        items = [Item("eins", text=word), Item("zwei", text="y", link="https://news.example/2")]
        yield _feed("unescaped HTML", f"{name} {n}", rss(item("eins", 1, text) + item("zwei", 2, "y")), items)
    for name, form in texts.items():
        body = f"<content type='html'>{form.format(w='Wort')}</content>"
        yield _feed(
            "unescaped HTML",
            f"atom {name}",
            atom(entry("<title>eins</title>", 1, body) + entry("<title>zwei</title>", 2, "")),
            [Item("eins", text="danach"), Item("zwei")],
        )


def _prefixes() -> Iterator[Case]:
    for n, word in enumerate(WORDS):
        forms = {
            "encoded": (
                f"<content:encoded><![CDATA[<p>{word} lang</p>]]></content:encoded>",
                Item("eins", text=f"<p>{word} lang</p>"),
            ),
            "date": ("<dc:date>2026-03-16T20:00:00Z</dc:date>", Item("eins", date="2026-03-16T20:00:00Z")),
            "media": ("<media:title>falsch</media:title>", Item("eins", without="falsch")),
            "unknown": (f"<zzz:thing>{word}</zzz:thing>", Item("eins", text="kurz")),
            "slash": (
                "<slash:comments>3</slash:comments><wfw:commentRss>x</wfw:commentRss>",
                Item("eins", text="kurz"),
            ),
            "attribute": (f'<category foo:bar="1">{word}</category>', Item("eins", text="kurz")),
        }
        for name, (more, wanted) in forms.items():
            yield _feed(
                "undeclared prefixes",
                f"{name} {n}",
                rss(item("eins", 1, "kurz", more) + item("zwei", 2, "y")),
                [wanted, Item("zwei")],
            )


def _namespaces() -> Iterator[Case]:
    body = entry("<title>eins</title>", 1, "<summary>s</summary>")
    for name, document in {
        "no namespace": atom(body).replace(' xmlns="http://www.w3.org/2005/Atom"', ""),
        "prefix of Atom": atom(body)
        .replace("xmlns=", "xmlns:a=")
        .replace("</", "</a:")
        .replace("<entry", "<a:entry")
        .replace("<feed", "<a:feed")
        .replace("<title", "<a:title")
        .replace("<id", "<a:id")
        .replace("<link", "<a:link")
        .replace("<updated", "<a:updated")
        .replace("<summary", "<a:summary"),
        "http of Atom": atom(body).replace("http://www.w3.org/2005/Atom", "https://www.w3.org/2005/Atom"),
    }.items():
        yield _feed("undeclared prefixes", name, document, [Item("eins", link="https://news.example/1", text="s")])
    whole = [Item("eins", text="kurz", link="https://news.example/1")]
    yield _feed(
        "undeclared prefixes",
        "namespace of RSS",
        rss(item("eins", 1, "kurz"), names=' xmlns="http://backend.userland.com/rss2"'),
        whole,
    )
    yield _feed(
        "undeclared prefixes",
        "RDF without names",
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/"><channel><title>Bote</title></channel>'
        + item("eins", 1, "kurz")
        + "</rdf:RDF>",
        whole,
    )


def _broken() -> Iterator[Case]:
    """Documents that are cut, or whose tags do not fit: every entry that is whole is read."""
    for n, word in enumerate(WORDS):
        whole = rss(item("eins", 1, word) + item("zwei", 2, word) + item("drei", 3, word))
        two = [Item("eins", text=word), Item("zwei", text=word)]
        three = [*two, Item("drei", text=word)]
        forms = {
            "cut": (whole[: whole.index("</item><item><title>drei") + 7], two),
            "no end": (whole.replace("</channel></rss>", ""), three),
            "end missing": (whole.replace("</description></item><item><title>zwei", "</item><item><title>zwei"), three),
            "title open": (whole.replace("<title>zwei</title>", "<title>zwei"), three),
            "item open": (whole.replace("</item><item><title>zwei", "<item><title>zwei"), three),
            "attribute": (whole.replace("<item>", "<item a=1>", 1), three),
            "capitals": (whole.replace("<item>", "<Item>").replace("</item>", "</Item>"), three),
            "control": (whole.replace("zwei", "zw\x0bei").replace("eins", "ein\x00s"), three),
            "twice": (whole + whole[whole.index("<rss") :], three),
            "tail": (whole + "<script>x</script>", three),
            "quotes": (whole.replace('version="2.0"', "version=2.0"), three),
            "wrong end": (whole.replace("</guid>", "</link>", 1), three),
        }
        for name, (document, wanted) in forms.items():
            yield _feed("broken", f"{name} {n}", document, wanted)
