"""The texts to measure with: the posts of ../shared/corpus (not part of the project), cleaned, with their anchors."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path

from timeline.extraction.anchor import anchor_of
from timeline.extraction.article import Article
from timeline.extraction.script import fold
from timeline.fetching.archives import Problem, open_posts
from timeline.fetching.newsrooms import newsroom_of, text_of
from timeline.fetching.posts import parse_post

SHARED = Path(__file__).resolve().parents[2] / "shared"


class Missing(RuntimeError):
    """The files that a measurement needs are missing."""


@dataclass(frozen=True, slots=True)
class Text:
    name: str
    text: str
    anchor: date
    leave_out: tuple[tuple[int, int], ...]


def shared(path: str) -> Path:
    """Return a file or folder beside this repository. Raises Missing where it does not exist."""
    found = SHARED / path
    if not found.exists():
        raise Missing(f"../shared/{path} is absent")
    return found


def texts() -> Iterator[Text]:
    """Yield every post of the archive that has an anchor, in the archive's order."""
    for post in open_posts([shared("corpus/news-2020H2.tar.xz")]):
        if isinstance(post, Problem):
            raise Missing(f"{post.origin}: {post.reason}")
        raw = parse_post(post.data, post.name)
        text = text_of(raw.markup, raw.title, raw.url, raw.author)
        article = Article(raw.title, text, raw.published, newsroom_of(raw.url, raw.author).zone, raw.url)
        anchor = anchor_of(article, fold(text))
        if anchor is not None:
            yield Text(raw.name, text, anchor.day, anchor.spans)


def sample(count: int, every: int) -> list[Text]:
    """Return `count` texts, one in `every` of the archive."""
    return list(islice(texts(), 0, count * every, every))


def parts(folder: Path, count: int, number: int) -> list[Path]:
    """Write the first `count` posts into `number` archives, in turn."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"part-{n}.tar" for n in range(number)]
    with ExitStack() as stack:
        archives = [stack.enter_context(tarfile.open(path, "w")) for path in paths]
        for at, post in enumerate(islice(open_posts([shared("corpus/news-2020H2.tar.xz")]), count)):
            if isinstance(post, Problem):
                raise Missing(f"{post.origin}: {post.reason}")
            member = tarfile.TarInfo(f"{post.name}.md")
            member.size = len(post.data)
            archives[at % number].addfile(member, io.BytesIO(post.data))
    return paths
