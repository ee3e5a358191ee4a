"""Keeping a few processes running: a dead one is started again, and none outlives the supervisor."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from timeline.operations import watchdog

FIRST_STARTS = 5  # deaths after which a part that never answered is given up
KEEPS_ENDING = 3  # deaths in a row after which somebody should look
STEADY_SECONDS = 60.0  # who lived so long does not keep ending
MAX_PAUSE = 60.0  # seconds before a part is started again
TICK = 0.2
TWICE = 1.0  # seconds: what comes sooner is the same Ctrl-C, sent on by make or by a shell
STDERR = 2  # where parts write; standard output is for what a command has to say
ANSWER_SECONDS = 30.0
GRACE = 6.0  # seconds for all parts to end by themselves
LAST_GRACE = 2.0  # and then for the queue, which outlives those that talk to it


class PartFailed(Exception):
    """A part did not start; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process to keep running, in a process group of its own.

    `answers` is asked, until it says yes, before the next part is started; `stop_signals` ask for
    a clean end, spread over the grace; a part that is `last` is stopped when the others are gone;
    `keep_files` are open file descriptors that it inherits; `says` tells where to read why it ended; `mend` is called
    with its exit status when it ended before it ever answered, and says what it did (or "").
    """

    name: str
    command: Sequence[str]
    answers: Callable[[], bool] | None = None
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)
    last: bool = False
    keep_files: tuple[int, ...] = ()
    says: str = "What it said stands above."
    mend: Callable[[int], str] | None = None


@dataclass(slots=True)
class _Child:
    part: Part
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0  # monotonic seconds, like `due`
    due: float = 0.0  # the moment to start it again
    answered: bool = False  # since it was started
    deaths: int = 0  # in a row
    how: str = ""  # it ended last


class Supervisor:
    """Starts parts in order, starts dead ones again, stops them in reverse; for one thread at a time.

    A part that keeps ending is started again for ever, with pauses that grow to MAX_PAUSE, and stops no other; what
    keeps ending stands in `notes` (see `endings`). `stopping` ends every wait early; `hurry` leaves out the grace of
    `stop`.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        say: Callable[[str], None],
        stopping: threading.Event,
        notes: Path | None = None,
    ) -> None:
        self.folder = folder
        self.notes = notes
        self.environment = dict(environment)
        self.say = say
        self.stopping = stopping
        self.hurry = threading.Event()
        self._children: list[_Child] = []
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._write_notes()  # those of one that was killed say nothing any more

    def start(self, part: Part) -> None:
        """Start a part and wait until it answers. Raises PartFailed when it does not in time."""
        child = _Child(part)
        self._children.append(child)
        self._spawn(child)
        deadline = time.monotonic() + ANSWER_SECONDS
        while part.answers is not None and not self.stopping.is_set() and not self._answers(child):
            if child.deaths > FIRST_STARTS:
                raise PartFailed(f"{part.name} ended {child.deaths} times, and never answered. {part.says}")
            if time.monotonic() > deadline:
                raise PartFailed(f"{part.name} does not answer after {ANSWER_SECONDS:.0f} s. {part.says}")
            self.tick()
            self.stopping.wait(TICK)

    def tick(self) -> None:
        """Look after every part once."""
        with suppress(OSError):  # no process can be started just now: the next tick tries again
            self._keep_watchdog()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child)
            elif child.process is None and time.monotonic() >= child.due:
                self._revive(child)
            elif child.process is not None:
                self._look_at(child)

    def watch(self) -> None:
        """Tick until `stopping` is set."""
        while not self.stopping.is_set():
            self.tick()
            self.stopping.wait(TICK)

    def run_once(self, part: Part) -> int | None:
        """Run a part to its end while the others are looked after.

        Its exit status (negative: the signal that ended it), or None when `stopping` cut it short.
        """
        child = _Child(part)
        self._spawn(child, output=None)
        assert child.process is not None
        status = None
        try:
            while (status := child.process.poll()) is None and not self.stopping.is_set():
                self.tick()
                self.stopping.wait(TICK)
        finally:
            self._stop_all([child], GRACE)
        return status

    def stop(self) -> None:
        """Stop every part: with its own signal first, by force when the grace is over. Nothing is left."""
        self._stop_all([child for child in self._children if not child.part.last], GRACE)
        self._stop_all([child for child in self._children if child.part.last], LAST_GRACE)
        self._children.clear()
        self._write_notes()
        if self._watchdog is not None and self._watchdog.stdin is not None:
            try:
                self._watchdog.stdin.close()
            except BrokenPipeError:
                pass
            self._watchdog.wait()
            self._watchdog = None

    def _spawn(self, child: _Child, output: int | None = STDERR) -> None:
        """Start the process of a part. Raises PartFailed where the system does not let it."""
        child.started, child.answered = time.monotonic(), False
        try:
            self._keep_watchdog()
            child.process = subprocess.Popen(
                list(child.part.command),
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                pass_fds=child.part.keep_files,
                process_group=0,
            )
        except OSError as error:
            raise PartFailed(f"{child.part.name} cannot be started: {error}") from error
        self._note(f"+{child.process.pid}")

    def _revive(self, child: _Child) -> None:
        try:
            self._spawn(child)
        except PartFailed as error:
            self._count_death(child, str(error.__cause__))
            self.say(f"{error}; trying again in {child.due - time.monotonic():.2g} s")

    def _answers(self, child: _Child) -> bool:
        child.answered = child.answered or child.part.answers is None or child.part.answers()
        return child.answered

    def _look_at(self, child: _Child) -> None:
        """Notice that a part which runs has begun to answer, or has lived so long that its deaths are forgotten."""
        if child.part.mend is not None:
            self._answers(child)
        if child.deaths and time.monotonic() - child.started > STEADY_SECONDS:
            child.deaths = 0
            self._write_notes()

    def _bury(self, child: _Child) -> None:
        """Kill what is left of a dead part's group, and plan its next start."""
        assert child.process is not None
        status = child.process.returncode
        self._end_group(child.process)
        child.process = None
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        self._count_death(child, how)
        if child.part.mend is not None and not child.answered and (said := child.part.mend(status)):
            self.say(said)
        often = f" ({child.deaths} times in a row)" if child.deaths >= KEEPS_ENDING else ""
        self.say(f"{child.part.name} {how}{often}; starting it again in {child.due - time.monotonic():.2g} s")

    def _count_death(self, child: _Child, how: str) -> None:
        now = time.monotonic()
        child.deaths = 1 if now - child.started > STEADY_SECONDS else child.deaths + 1
        child.how, child.due = how, now + min(0.5 * 2 ** min(child.deaths - 1, 10), MAX_PAUSE)
        self._write_notes()

    def _write_notes(self) -> None:
        """Tell others what keeps ending; that they are told is worth no death of ours."""
        if self.notes is None:
            return
        told = {c.part.name: f"{c.how}, {c.deaths} times in a row" for c in self._children if c.deaths >= KEEPS_ENDING}
        with suppress(OSError):
            if told:
                self.notes.write_text(json.dumps({"pid": os.getpid(), "parts": told}), "utf-8")
            else:
                self.notes.unlink(missing_ok=True)

    def _end_group(self, process: subprocess.Popen[bytes]) -> None:
        watchdog.kill(process.pid)
        self._note(f"-{process.pid}")

    def _stop_all(self, children: list[_Child], grace: float) -> None:
        running = [(child, child.process) for child in reversed(children) if child.process is not None]
        began = time.monotonic()
        sent = 0
        rounds = max((len(child.part.stop_signals) for child, _ in running), default=0)
        while any(process.poll() is None for _, process in running):
            passed = time.monotonic() - began
            if self.hurry.is_set() or passed > grace:
                break
            if sent < rounds and passed >= grace * sent / rounds:
                _signal_leaders(running, sent)
                sent += 1
            time.sleep(0.05)
        for child, process in running:
            self._end_group(process)
            process.wait()
            child.process = None

    def _keep_watchdog(self) -> None:
        if self._watchdog is not None and self._watchdog.poll() is None:
            return
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", watchdog.__file__], stdin=subprocess.PIPE, start_new_session=True
        )
        for child in self._children:
            if child.process is not None:
                self._note(f"+{child.process.pid}")

    def _note(self, line: str) -> None:
        if self._watchdog is None or self._watchdog.stdin is None:
            return
        try:
            os.write(self._watchdog.stdin.fileno(), f"{line}\n".encode())
        except BrokenPipeError:
            pass  # the next tick starts a new one and tells it everything


def endings(notes: Path) -> dict[str, str]:
    """The parts that keep ending, by name, each with how; of a supervisor that still lives."""
    try:
        told = json.loads(notes.read_text("utf-8"))
        os.kill(int(told["pid"]), 0)
        return {str(name): str(how) for name, how in told["parts"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _signal_leaders(running: list[tuple[_Child, subprocess.Popen[bytes]]], turn: int) -> None:
    """Only the first process of each part gets the signal: it knows how to end its own workers."""
    for child, process in running:
        if turn < len(child.part.stop_signals) and process.poll() is None:
            process.send_signal(child.part.stop_signals[turn])


def stop_on_signals(supervisor: Supervisor) -> None:
    """The first signal asks everything to end, a second one ends it by force."""
    first = 0.0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal first
        if not supervisor.stopping.is_set():
            first = time.monotonic()
            supervisor.stopping.set()
        elif time.monotonic() - first > TWICE:
            supervisor.hurry.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
