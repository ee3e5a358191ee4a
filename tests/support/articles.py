"""A fixed cast of articles, and what becomes of them in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from timeline.fetching.posts import RawArticle
from timeline.ingest.store import store_articles
from timeline.models import Event, EventBelief
from timeline.pipeline.process import process


def raw(slug: str, day: str, text: str, host: str = "one.example") -> RawArticle:
    moment = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    return RawArticle(slug, f"标题{slug}", f"https://{host}/{slug}", moment, "", f"<p>{text}</p>")


CAST = [
    raw("a", "2024-01-18", "英国首相说，英国大选将于今年下半年举行。"),
    raw("b", "2024-05-23", "英国大选将于7月4日举行。", "two.example"),
    raw("c", "2024-07-06", "英国已于7月4日举行大选。"),
    raw("d", "2024-06-01", "日本和加拿大有望在2024年底或2025年初加入奥库斯协议。"),
    raw("e", "2024-08-01", "日本有望在年底前加入奥库斯协议。", "two.example"),
    raw("f", "2024-11-08", "德国联邦议院选举定于2025年9月28日举行。"),
    raw("g", "2024-11-13", "德国联邦议院选举提前到2025年2月23日举行。", "two.example"),
]


def read_all(raws: list[RawArticle]) -> None:
    for one in raws:
        process([pk for _, pk in store_articles([one])])


def picture(*, ids: bool = True) -> object:
    """Everything that is believed, without the numbers of rows; without the ids too where other articles came first."""
    alive = Event.objects.filter(merged_into=None, retracted=False)
    beliefs = EventBelief.objects.filter(event__in=alive).order_by("event", "since")
    if not ids:
        told = ("event__key", "event__type", "event__claim_count", "since", "until", "start", "end", "status", "change")
        return sorted(beliefs.values_list(*told), key=str)
    return (
        sorted(alive.values_list("id", "key", "type", "start", "end", "status", "claim_count")),
        list(beliefs.values_list("event", "since", "until", "start", "end", "status", "change")),
    )


def take(raws: list[Any]) -> list[int]:
    return [pk for _, pk in store_articles(raws)]
