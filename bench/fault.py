"""One kind of fault that `bench.faults` causes during an import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.deployment import Deployment


class Broken(Exception):
    """A promise did not hold during a fault; the message says which."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault in a running deployment, caused and repaired again.

    `happen` does both and returns in a few words what was seen. It raises Broken where a promise did not hold. Lost or
    doubled rows show afterwards, when the tables are compared with those of an undisturbed import.

    `afterwards` checks what shows only at the end, removes what the fault left in the tables, and returns or raises
    like `happen`. `short`: also part of the short run in tests/operations/test_faults.py.
    """

    name: str
    happen: Callable[[Deployment], str]
    afterwards: Callable[[Deployment], str] | None = None
    short: bool = False
