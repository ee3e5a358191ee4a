"""A sandbox whose jobs go wrong at the words of `bench.going_wrong`; in the place of `timeline.sandbox.child`."""

from __future__ import annotations

from collections.abc import Callable

from bench.going_wrong import go_wrong
from timeline.sandbox import child, jobs


def slow(job: Callable[..., bytes]) -> Callable[..., bytes]:
    """`job`, after its text has gone wrong."""

    def run(**values: str) -> bytes:
        go_wrong(values["text"])
        return job(**values)

    return run


if __name__ == "__main__":
    jobs.JOBS.update({name: slow(job) for name, job in jobs.JOBS.items()})
    child.main()
