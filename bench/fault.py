"""One kind of fault that `bench.faults` brings about while articles are imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.deployment import Deployment


class Broken(Exception):
    """A promise did not hold during a fault; the message says which."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong in a running deployment and is put right again.

    `happen` does both and returns in a few words what was seen. It raises Broken where a promise did not hold.
    What is lost or doubled shows afterwards, when the tables are compared with those of an undisturbed import.

    `afterwards` checks what shows only when everything is done, takes away what the fault left in the tables, and
    returns or raises like `happen`. `short`: also part of the short form in tests/operations/test_faults.py.
    """

    name: str
    happen: Callable[[Deployment], str]
    afterwards: Callable[[Deployment], str] | None = None
    short: bool = False
