"""Other languages: told from English, and their dates read by our conventions."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import dateparser
import pytest

from timeline.extraction.article import Article
from timeline.extraction.dates import find
from timeline.extraction.dates.cldr import words_of
from timeline.extraction.languages import language_of
from timeline.extraction.reader import read_article

ANCHOR = date(2024, 3, 20)
SENTENCES = tomllib.loads(Path(__file__).with_name("other_sentences.toml").read_text("utf-8"))
WITH_FINDERS = ("fr", "de", "es", "ru", "ja")
KNOWN_THERE = ("fr", "de", "es")  # dateparser knows no Russian month behind a preposition
EXAMPLES = [
    (language, text, days) for language in WITH_FINDERS for text, days in words_of(language)["examples"].items()
]
TOLD = {
    "en": ["The council meets on Monday to vote on the budget.", "Le Pen wins in Calais", "Der Spiegel: talks fail"],
    "fr": [
        "Le conseil se réunit lundi pour voter le budget.",
        "Sommet de l'UE mardi à Bruxelles",
        "Le vote est reporté",
    ],
    "de": ["Der Rat tagt am Montag und stimmt ab.", "Österreich wählt am Sonntag", "Die Wahl wurde auf Mai verschoben"],
    "es": ["El consejo se reúne el lunes para votar.", "Cumbre en Lima el próximo martes", "La votación será en mayo"],
    "it": ["Il consiglio si riunisce lunedì per il voto della legge."],
    "pt": ["O conselho reúne-se na segunda para votar o orçamento, não antes."],
    "nl": ["De raad komt maandag bijeen om over het budget te stemmen."],
    "ru": ["Совет соберётся в понедельник.", "Выборы в мае"],
    "uk": ["Рада збереться у понеділок, її засідання відкрите."],
    "ja": ["理事会は月曜日に開かれる。", "衆院選は10月27日投開票"],
    "ko": ["이사회는 월요일에 열린다."],
    "zh-Hans": ["理事会周一开会。", "动画《の》将于5月上映，票房可期，观众很多，影院已经排片。"],
    "zh-Hant": ["理事會週一開會。"],
}


def found(text: str, language: str, **options: str) -> list[str]:
    return [f"{e.start or ''}/{e.end or ''}" for e in find(text, ANCHOR, language=language, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in TOLD.items() for text in texts])
def test_a_language_is_told_from_a_headline_on(language: str, text: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(("language", "text", "days"), EXAMPLES)
def test_an_example_of_a_finder_is_read_as_it_says(language: str, text: str, days: str) -> None:
    assert found(text, language) == [days]


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [(language, *one) for language in WITH_FINDERS for one in SENTENCES[language].items()],
)
def test_dates_of_a_sentence_are_read(language: str, text: str, days: list[str]) -> None:
    assert [f"{e.start}/{e.end}" for e in find(text, SENTENCES["anchor"], language=language)] == days


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("fr", "Le ministre a annoncé mardi qu’il se rendra à Rome vendredi", ["2024-03-19", "2024-03-22"]),
        ("de", "Er sagte am Montag, er wolle am Freitag zurücktreten", ["2024-03-18", "2024-03-15"]),
        ("de", "Nächste Woche wird gewählt", ["2024-03-25"]),
        ("es", "El presidente anunció el martes que viajará el viernes", ["2024-03-19", "2024-03-22"]),
        ("es", "Plácido Domingo cantó en cada lunes", []),
        ("ru", "Президент заявил в понедельник, что в пятницу встретится с премьером", ["2024-03-18", "2024-03-22"]),
        ("ja", "首相は月曜日に辞任した。来週に会談する。毎週月曜日に開く", ["2024-03-18", "2024-03-25"]),
    ],
)
def test_a_weekday_alone_lies_where_its_clause_looks(language: str, text: str, days: list[str]) -> None:
    assert [str(e.start) for e in find(text, ANCHOR, language=language)] == days


@pytest.mark.parametrize(("language", "text", "days"), [e for e in EXAMPLES if "2025" in e[1] and e[0] in KNOWN_THERE])
def test_dateparser_agrees_where_the_year_is_named(language: str, text: str, days: str) -> None:
    bare = text.partition(" ")[2] if not text[0].isdigit() else text
    read = dateparser.parse(bare, languages=[language], settings={"PREFER_DAY_OF_MONTH": "first"})
    assert read is not None
    assert days.startswith(f"{read:%Y-%m-%d}")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "le marché de mai à juin, article 12, 3 mais"),
        ("fr", "les 12 derniers jours"),
        ("de", "Der 3. Marsch, 12.5 Prozent, Maier sprach"),
        ("es", "12 mayores, abrilada, version 1.2.2024.5"),
        ("ru", "12 маек, 30.02.2024"),
        ("ja", "3日間の会議、第20日、10年間"),
    ],
)
def test_what_only_looks_like_a_date_is_none(language: str, text: str) -> None:
    assert found(text, language) == []


def test_blanks_and_a_line_break_do_not_matter() -> None:
    assert found("le 12\u00a0mai\n2025", "fr") == ["2025-05-12/2025-05-12"]


def test_a_day_takes_the_year_named_just_before() -> None:
    assert found("Le 3 mai 2019 puis le 9 mai", "fr") == ["2019-05-03/2019-05-03", "2019-05-09/2019-05-09"]


@pytest.mark.parametrize(
    ("language", "order", "days"),
    [
        ("en", "", "2024-05-06/2024-05-06"),
        ("en", "dmy", "2024-06-05/2024-06-05"),
        ("fr", "", "2024-06-05/2024-06-05"),
        ("fr", "mdy", "2024-05-06/2024-05-06"),
    ],
)
def test_a_date_in_figures_follows_the_order_of_the_source(language: str, order: str, days: str) -> None:
    assert found("5/6/2024", language, order=order) == [days]


def test_figures_that_are_a_date_in_one_order_only_are_read_in_that_one() -> None:
    assert found("15/6/2024", "en", order="mdy") == ["2024-06-15/2024-06-15"]
    assert found("13/13/2024", "en", order="dmy") == []


def test_an_article_is_read_in_its_own_language() -> None:
    reading = read_article(Article("", "Les élections auront lieu le 12 mai 2025 dans le pays.", None, anchor=ANCHOR))
    assert reading.language == "fr"
    assert [(e.text, e.start) for e in reading.expressions] == [("12 mai 2025", date(2025, 5, 12))]
