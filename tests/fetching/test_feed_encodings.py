"""In what encoding a feed is read: what it declares, unless its bytes speak against that."""

from __future__ import annotations

import pytest

from tests.support.feed_server import item, rss
from timeline.fetching.encoding import decode
from timeline.fetching.feeds import parse_feed

URL = "https://one.example/feed"
CHINESE = "议会昨天通过了新的选举法，两国总理下个月将在首都会谈。"
TRADITIONAL = "議會昨天通過了新的選舉法，兩國總理下個月將在首都會談。"
KOREAN = "의회는 어제 새로운 선거법을 통과시켰고 두 총리는 다음 달에 만난다."
JAPANESE = "議会は昨日、新しい選挙法を可決し、両首相は来月に会談する予定だ。"
GERMAN = "Über das Gesetz wird später abgestimmt, für die Wähler ändert sich dadurch nichts Größeres."
POLISH = "Sejm przyjął wczoraj nową ordynację, głosowanie odbędzie się później."
RUSSIAN = "Парламент вчера принял новый закон о выборах, встреча пройдёт позже."


def titles(data: bytes, content_type: str = "") -> list[str]:
    return [entry.title for entry in parse_feed(data, content_type, URL).entries]


@pytest.mark.parametrize(
    ("text", "label", "codec"),
    [
        (KOREAN, "euc-kr", "cp949"),
        (KOREAN, "ks_c_5601-1987", "cp949"),
        (JAPANESE, "shift_jis", "cp932"),
        (JAPANESE, "x-sjis", "cp932"),
        (JAPANESE, "euc-jp", "euc-jp"),
        (JAPANESE, "iso-2022-jp", "iso-2022-jp"),
        (GERMAN, "iso-8859-1", "cp1252"),
        (GERMAN, "latin1", "cp1252"),
        (POLISH, "iso-8859-2", "iso-8859-2"),
        (POLISH, "windows-1250", "cp1250"),
        (RUSSIAN, "windows-1251", "cp1251"),
        (RUSSIAN, "koi8-r", "koi8-r"),
        (CHINESE, "gb_2312-80", "gb18030"),
        (TRADITIONAL, "x-x-big5", "big5hkscs"),
    ],
)
def test_what_is_declared_holds_in_short_feeds_and_long_ones(text: str, label: str, codec: str) -> None:
    for count in (1, 30):
        body = [item(n, title=text, text=text) for n in range(count)]
        declared = rss(*body, title="x", declaration=f'<?xml version="1.0" encoding="{label}"?>')
        assert titles(declared.encode(codec)) == [text] * count
        assert (
            titles(rss(*body, title="x", declaration="").encode(codec), f"text/xml; charset={label}") == [text] * count
        )


@pytest.mark.parametrize(
    ("text", "codec"),
    [(KOREAN, "cp949"), (JAPANESE, "euc-jp"), (RUSSIAN, "cp1251"), (CHINESE, "gb18030"), (TRADITIONAL, "big5hkscs")],
)
def test_what_declares_nothing_is_guessed(text: str, codec: str) -> None:
    assert (
        titles(rss(*(item(n, title=text, text=text) for n in range(9)), title="x", declaration="").encode(codec))
        == [text] * 9
    )


@pytest.mark.parametrize("label", ["iso-8859-1", "windows-1252", "utf-8", "euc-kr-x"])
def test_only_clear_chinese_overrules_what_is_declared(label: str) -> None:
    body = rss(
        *(item(n, title=CHINESE, text=CHINESE) for n in range(5)),
        declaration=f'<?xml version="1.0" encoding="{label}"?>',
    )
    assert titles(body.encode("gb18030")) == [CHINESE] * 5
    for text, codec in ((GERMAN, "cp1252"), (POLISH, "cp1250")):
        assert decode((text * 9).encode(codec), f"text/xml; charset={codec}") == text * 9


def test_a_mark_is_believed_before_what_is_declared() -> None:
    body = rss(item(1, title=CHINESE), declaration='<?xml version="1.0" encoding="gb2312"?>')
    for codec in ("utf-8-sig", "utf-16", "utf-32"):
        assert titles(body.encode(codec), "text/xml; charset=big5") == [CHINESE]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "cp949", "big5hkscs", "euc-jp"])
@pytest.mark.parametrize("stray", [b"\xff", b"\xe5"])
def test_a_stray_byte_costs_one_character(codec: str, stray: bytes) -> None:
    text = {"cp949": KOREAN, "big5hkscs": TRADITIONAL, "euc-jp": JAPANESE}.get(codec, CHINESE)
    data = rss(
        item(1, title=text, text=text),
        title="x",
        declaration=f'<?xml version="1.0" encoding="{codec.replace("hkscs", "")}"?>',
    )
    before, _, after = data.encode(codec).rpartition(text.encode(codec))
    half = text[:9].encode(codec)
    feed = parse_feed(before + half + stray + text[9:].encode(codec) + after, "", URL)
    (entry,) = feed.entries
    assert entry.title == text and (feed.unreadable == 1 or codec == "big5hkscs")  # there it may pair by chance
    assert text[:7] in entry.markup and text[12:] in entry.markup  # nothing shifts behind it


def test_summaries_that_are_cut_within_a_character_are_read() -> None:
    cut = [CHINESE.encode()[: 20 + n] for n in range(9)]
    items = b"".join(b"<item><title>T</title><description>%s</description></item>" % text for text in cut)
    feed = parse_feed(b"<rss version='2.0'><channel>" + items + b"</channel></rss>", "", URL)
    assert [entry.markup.rstrip("\ufffd") for entry in feed.entries] == [text.decode("utf-8", "ignore") for text in cut]
    assert feed.unreadable == sum(text.decode("utf-8", "replace").count("\ufffd") for text in cut) > 3
