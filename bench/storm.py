"""Run an import, a worker that is killed at random, and faults one after the other. For `bench.faults`."""

from __future__ import annotations

import random
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

from bench.deployment import Deployment, NotInTime, Process, wait_until
from bench.fault import Broken, Fault

WAITING = "SELECT count(*) FROM timeline_article WHERE state IN ('new', 'read')"
BY_BENCH_FAULTY = ("-m", "bench.faulty")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much fails. `pauses`: seconds between two kills; `patience`: seconds until everything must be done.

    `parts`: the number of imports that the articles are divided into, so that every fault meets a busy newsdesk.
    """

    pauses: tuple[float, float]
    slow: float
    patience: float
    parts: int
    settings: Mapping[str, str] = field(default_factory=dict)
    hurry: bool = False


@dataclass(slots=True)
class Seen:
    """The result of one kind of fault: articles waiting then, what was seen, whether the promise held."""

    kind: str
    waiting: int = 0
    what: str = ""
    held: bool = True


class Storm:
    """A worker and beat in an environment in which every message comes twice, and their faults."""

    def __init__(self, made: Deployment, plan: Plan, rng: random.Random) -> None:
        self.made, self.plan, self.rng = made, plan, rng
        self.kills = 0
        made.environment |= {"FAULTS_TWICE": "1", "FAULTS_SLOW": str(plan.slow)}
        made.environment |= {"FAULTS_HURRY": "1"} if plan.hurry else {}

    def blow(self, paths: Sequence[Path], faults: Sequence[Fault]) -> list[Seen]:
        """Import everything while each fault happens once. Raises NotInTime where it does not finish."""
        self.parts = [list(paths[n :: self.plan.parts]) for n in range(self.plan.parts)]
        self.importing: Process | None = None
        self.worker = self._worker()
        self.made.beat(via=(*BY_BENCH_FAULTY, "celery"))
        seen = [self._bring_about(fault) for fault in faults]
        while self.parts or self.importing:
            self._finish_import()
            self._import_next()
        wait_until(self._at_rest, self.plan.patience, f"everything is done\n{self._log('steady')}", 0.2)
        for fault, one in zip(faults, seen, strict=True):
            if fault.afterwards is not None:
                _watch(one, fault.afterwards, self.made)
        return [Seen("workers and readers killed at random", what=f"{self.kills} kills"), *seen]

    def _bring_about(self, fault: Fault) -> Seen:
        time.sleep(self.rng.uniform(*self.plan.pauses))
        if (self.importing is None or self.importing.poll() is not None) and self._at_rest():
            self._finish_import()
            self._import_next()
        self._kill()
        one = Seen(fault.name, self._waiting())
        _watch(one, fault.happen, self.made)
        return one

    # --- the import and its worker ----------------------------------------------------------------

    def _import_next(self) -> None:
        """Import the next part, and wait until some of it waits to be read."""
        if not self.parts:
            return
        command = [sys.executable, *BY_BENCH_FAULTY, "manage", "import", "--quiet", *map(str, self.parts.pop(0))]
        self.importing = importing = self.made.start(command, "import")
        what = f"something is imported: {self._log('import')}"
        wait_until(lambda: not self._at_rest() or importing.poll() is not None, self.plan.patience, what, 0.2)

    def _finish_import(self) -> None:
        if self.importing is None:
            return
        if status := self.importing.wait(self.plan.patience):
            raise NotInTime(f"an import ended with status {status}: {self._log('import')}")
        self.made.processes.remove(self.importing)
        self.importing = None

    def _worker(self) -> Process:
        return self.made.worker(3, "steady", via=(*BY_BENCH_FAULTY, "celery"))

    def _kill(self) -> None:
        """Kill one reading process, or the whole worker."""
        self.kills += 1
        children = psutil.Process(self.worker.pid).children()
        if children and self.rng.random() < 0.7:
            try:
                self.rng.choice(children).send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                pass
        else:
            self.made.end(self.worker)
            self.worker = self._worker()

    # --- how far it is ----------------------------------------------------------------------------

    def _at_rest(self) -> bool:
        return self._waiting() == 0

    def _waiting(self) -> int:
        """Return how many articles are not finished; -1 where the database does not answer."""
        try:
            with psycopg.connect(self.made.environment["DATABASE_URL"]) as database:
                row = database.execute(WAITING).fetchone()
        except psycopg.OperationalError:
            return -1
        assert row is not None
        return int(row[0])

    def _log(self, name: str) -> str:
        path = self.made.folder / f"{name}.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""


def _watch(one: Seen, check: Callable[[Deployment], str], made: Deployment) -> None:
    """Run a check; an error counts against this fault only, and the others happen all the same."""
    try:
        said = check(made)
    except Broken as error:
        one.held, said = False, str(error)
    except Exception as error:
        one.held, said = False, f"{type(error).__name__}: {error}"
    one.what = "; ".join(filter(None, (one.what, said)))
