"""A sandbox whose reader goes wrong at the words of `bench.going_wrong`; in the place of `timeline.sandbox.child`."""

from __future__ import annotations

from bench.going_wrong import go_wrong
from timeline.extraction import Article, Reading, read_article
from timeline.sandbox import child, jobs


def slow(article: Article) -> Reading:
    go_wrong(article.text)
    return read_article(article)


if __name__ == "__main__":
    vars(jobs)["read_article"] = slow
    child.main()
