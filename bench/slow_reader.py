"""A sandbox whose jobs fail at the words of `bench.going_wrong`, in place of `timeline.sandbox.child`."""

from __future__ import annotations

from collections.abc import Callable

from bench.going_wrong import go_wrong
from timeline.sandbox import child, jobs


def slow(job: Callable[..., bytes]) -> Callable[..., bytes]:
    """Return `job`, preceded by the failure that its text asks for."""

    def run(**values: str) -> bytes:
        go_wrong(values["text"])
        return job(**values)

    return run


if __name__ == "__main__":
    jobs.JOBS.update({name: slow(job) for name, job in jobs.JOBS.items()})
    child.main()
