"""Synthetic articles on elections and alliances: our own sentences that agree, differ, narrow and move."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGIN = datetime(2024, 1, 1, 12, tzinfo=UTC)
KILLS, HUNGRY = "毒药毒药", "饕餮饕餮"  # words of articles that end their worker, or want all memory
HOSTS = ("one", "two", "three", "four")
VOTERS = "英国 法国 德国 意大利 波兰 希腊 印度 巴西 智利 秘鲁 加拿大 墨西哥 韩国 日本 蒙古 泰国 埃及 加纳".split()
SAYINGS = (
    "{who}大选将于{year}年{month}月{day}日举行。",
    "{who}大选将于今年{month}月举行。",
    "{who}首相说，{who}大选将于今年下半年举行。",
    "{who}大选提前到{year}年{month}月{later}日举行。",
    "{who}总统选举定于{year}年{month}月{day}日举行。",
    "{who}和{other}将于{month}月{day}日举行峰会。",
    "{who}有望在年底前加入奥库斯协议。",
    "{who}与{other}{month}月{day}日签署合作协议。",
)
FILLING = ("官员没有透露更多细节。", "议会当天休会。", "分析人士对此意见不一。", "当地媒体报道了这一消息。")


def stories(count: int, seed: int = 7) -> Iterator[str]:
    """Yield articles of some sentences each, the same for the same seed."""
    rng = random.Random(seed)
    for number in range(count):
        moment = BEGIN + timedelta(days=number // 2)
        sentences = []
        for _ in range(rng.randint(2, 5)):
            who, other = rng.sample(VOTERS, 2)
            day = 1 + VOTERS.index(who)  # most agree on the day
            words = rng.choice(SAYINGS).format(
                who=who, other=other, year=2024, month=(day % 6) + 6, day=day + rng.choice((0, 0, 0, 1)), later=day + 5
            )
            sentences += [f"{moment.day}日，{words}" if rng.random() < 0.1 else words, rng.choice(FILLING)]
        yield "".join(sentences)


def write(folder: Path, name: str, text: str, number: int = 0) -> Path:
    """Write an article in the post format, published on its day by one of four newsrooms."""
    moment = BEGIN + timedelta(days=number // 2, minutes=number)
    url = f"https://{HOSTS[number % len(HOSTS)]}.example/{name}"
    path = folder / f"{name}.md"
    path.write_text(f"<!--{int(moment.timestamp() * 1000)}-->\n[{name}]({url})\n------\n\n<p>{text}</p>\n", "utf-8")
    return path
