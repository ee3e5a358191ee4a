"""Feeds in encodings that are declared rightly, wrongly or not at all, and with a stray byte."""

from __future__ import annotations

import random
from collections.abc import Iterator

from bench.feed_cases import Case, Item, expect, plain_items, rss

# By language: sentences, and the encodings that newsrooms have used for it.
LANGUAGES: dict[str, tuple[list[str], tuple[str, ...]]] = {
    "zh-Hans": (
        [
            "外交部发言人昨天说，两国总理将在下个月举行会谈，讨论贸易协定的后续安排。",
            "选举委员会宣布，投票时间延长两个小时，计票工作将连夜进行。",
            "新政府上台以后，反对党要求尽快公布财政预算，并且重新审议养老金方案。",
        ],
        ("gb2312", "gbk", "gb18030"),
    ),
    "zh-Hant": (
        [
            "外交部發言人昨天說，兩國總理將在下個月舉行會談，討論貿易協定的後續安排。",
            "選舉委員會宣布，投票時間延長兩個小時，計票工作將連夜進行。",
            "新政府上台以後，反對黨要求儘快公布財政預算，並且重新審議退休金方案。",
        ],
        ("big5",),
    ),
    "ko": (
        [
            "국회는 오는 봄에 새로운 선거법을 의결할 예정이라고 위원장이 밝혔다.",
            "두 나라 외무장관은 어제 회담을 열고 무역 협정의 후속 조치를 논의했다.",
            "야당은 정부가 예산안을 다시 제출해야 한다고 요구하고 있다.",
        ],
        ("euc-kr", "cp949"),
    ),
    "ja": (
        [
            "首相は来月の会談で貿易協定について話し合う予定だと述べた。",
            "選挙管理委員会は投票時間を二時間延長すると発表した。",
            "野党は新しい予算案をもう一度審議するよう求めている。",
        ],
        ("shift_jis", "euc-jp", "iso-2022-jp"),
    ),
    "de": (
        [
            "Die Wahlleiterin erklärte, die Auszählung dürfe bis spät in die Nacht dauern.",
            "Über die Rente müsse man im Frühjahr noch einmal reden, heißt es in Köln.",
            "Der Außenminister fährt nächste Woche für zwei Tage nach Österreich.",
        ],
        ("iso-8859-1", "windows-1252", "iso-8859-15"),
    ),
    "fr": (
        [
            "Le ministre a annoncé hier que l'élection sera organisée avant l'été.",
            "La majorité s'inquiète déjà des retards du dépouillement à Besançon.",
            "L'opposition réclame un débat où chacun pourra être entendu.",
        ],
        ("iso-8859-1", "windows-1252"),
    ),
    "ru": (
        [
            "Министр заявил, что переговоры о торговле продолжатся в следующем месяце.",
            "Избирательная комиссия продлила голосование на два часа.",
            "Оппозиция требует ещё раз обсудить новый бюджет страны.",
        ],
        ("windows-1251", "koi8-r"),
    ),
    "el": (
        ["Ο υπουργός δήλωσε ότι οι συνομιλίες θα συνεχιστούν τον επόμενο μήνα.", "Η αντιπολίτευση ζητά νέα συζήτηση."],
        ("iso-8859-7", "windows-1253"),
    ),
    "pl": (
        ["Komisja ogłosiła, że głosowanie zostanie przedłużone o dwie godziny.", "Opozycja żąda nowej debaty w Łodzi."],
        ("iso-8859-2", "windows-1250"),
    ),
    "tr": (
        ["Seçim kurulu oylamanın iki saat uzatıldığını açıkladı.", "Muhalefet bütçenin yeniden görüşülmesini istiyor."],
        ("iso-8859-9", "windows-1254"),
    ),
    "th": (["รัฐมนตรีกล่าวว่าการเจรจาจะดำเนินต่อไปในเดือนหน้า", "ฝ่ายค้านขอให้อภิปรายงบประมาณอีกครั้ง"], ("tis-620", "windows-874")),
    "he": (["השר אמר כי השיחות יימשכו בחודש הבא.", "האופוזיציה דורשת דיון נוסף בתקציב."], ("windows-1255",)),
    "ar": (
        ["قال الوزير إن المحادثات ستستمر في الشهر المقبل.", "تطالب المعارضة بمناقشة الميزانية مرة أخرى."],
        ("windows-1256",),
    ),
}
CODECS = {"windows-874": "cp874", "tis-620": "tis-620", "big5": "big5hkscs", "gb2312": "gb18030", "euc-kr": "cp949"}


def _items(texts: list[str]) -> list[Item]:
    return [Item(text[:20].strip(), text=text) for text in texts]


def _declaration(name: str) -> str:
    return f'<?xml version="1.0" encoding="{name}"?>\n' if name else '<?xml version="1.0"?>\n'


def cases() -> Iterator[Case]:
    yield from _declared()
    yield from _contradicted()
    yield from _undeclared()
    yield from _stray()


def _declared() -> Iterator[Case]:
    """In the declaration alone, in the header alone, and in both, in short feeds and in long ones."""
    kind = "encoding declared"
    for language, (texts, names) in LANGUAGES.items():
        for name in names:
            for count in (1, 3 * len(texts)):
                some = (texts * 3)[:count]
                data = CODECS.get(name, name)
                yield expect(
                    kind,
                    f"{language} {name} declared, {count}",
                    rss(plain_items(some), _declaration(name)).encode(data),
                    _items(some),
                )
                yield expect(
                    kind,
                    f"{language} {name} in the header, {count}",
                    rss(plain_items(some), "").encode(data),
                    _items(some),
                    f"text/xml; charset={name.upper()}",
                )


def _contradicted() -> Iterator[Case]:
    kind = "encoding contradicted"
    for language, (texts, names) in LANGUAGES.items():
        right, data = names[0], CODECS.get(names[0], names[0])
        body = plain_items(texts)
        if right != "iso-2022-jp":
            yield expect(
                kind,
                f"{language} {right}, the header says utf-8",
                rss(body, _declaration(right)).encode(data),
                _items(texts),
                "text/xml; charset=utf-8",
            )
        yield expect(kind, f"{language} utf-8 under {right}", rss(body, _declaration(right)).encode(), _items(texts))
        yield expect(
            kind,
            f"{language} utf-8 mark under {right}",
            rss(body, _declaration(right)).encode("utf-8-sig"),
            _items(texts),
            f"text/xml; charset={right}",
        )
        yield expect(
            kind,
            f"{language} utf-16 mark",
            rss(body, _declaration("utf-16")).encode("utf-16"),
            _items(texts),
            "text/xml; charset=utf-8",
        )
    for language in ("zh-Hans", "zh-Hant"):
        texts, names = LANGUAGES[language]
        for said in ("utf-8", "iso-8859-1"):
            data = CODECS.get(names[0], names[0])
            yield expect(
                kind,
                f"{language} {names[0]} under {said}",
                rss(plain_items(texts * 3), _declaration(said)).encode(data),
                _items(texts * 3),
            )


def _undeclared() -> Iterator[Case]:
    kind = "encoding not declared"
    for language in ("zh-Hans", "zh-Hant", "ko", "ja", "de", "fr", "ru"):
        texts, names = LANGUAGES[language]
        for name in (*names[:2], "utf-8", "utf-16-le", "utf-16-be"):
            some = texts * 4
            yield expect(
                kind,
                f"{language} {name}",
                rss(plain_items(some), _declaration("")).encode(CODECS.get(name, name)),
                _items(some),
            )


def _stray() -> Iterator[Case]:
    """One byte too many between two characters: the rest is read, also of short, cut summaries."""
    kind = "stray byte"
    chance = random.Random(11)
    for language, (texts, _) in LANGUAGES.items():
        for stray in (0xFF, 0x96, 0xC3, 0xE5):
            data = rss(plain_items(texts[:1])).encode()
            last = texts[0].encode()
            at = data.rindex(last) + len(texts[0][: chance.randint(2, 12)].encode())
            yield expect(
                kind,
                f"{language} utf-8, {stray:x}",
                data[:at] + bytes([stray]) + data[at:],
                [Item(texts[0][:20].strip(), text=texts[0][14:])],
            )
    for language in ("zh-Hans", "zh-Hant", "ko", "ja"):
        texts, names = LANGUAGES[language]
        for name in names:
            if name == "iso-2022-jp":
                continue
            codec = CODECS.get(name, name)
            data = rss(plain_items(texts), _declaration(name)).encode(codec)
            at = data.rindex(texts[0].encode(codec)) + len(texts[0][:5].encode(codec))
            yield expect(
                kind,
                f"{language} {name}",
                data[:at] + b"\xff" + data[at:],
                [Item(texts[0][:20].strip(), text=texts[0][7:]), *_items(texts[1:])],
            )
    cut = [text.encode()[: 40 + n] for n, text in enumerate(LANGUAGES["zh-Hans"][0] * 2)]
    data = (
        rss("")
        .encode()
        .replace(
            b"</channel>",
            b"".join(
                b"<item><title>T</title><link>https://news.example/%d</link><description>%s</description></item>"
                % (n, text)
                for n, text in enumerate(cut)
            )
            + b"</channel>",
        )
    )
    yield expect(
        kind, "summaries cut within a character", data, [Item("T", text=text.decode("utf-8", "ignore")) for text in cut]
    )
