"""Keep processes running: restart those that die, and let none outlive the supervisor."""

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

MAX_FIRST_STARTS = 5  # deaths after which a process that never answered is given up
FAILING_DEATHS = 3  # deaths in a row from which on a process counts as failing
STABLE_SECONDS = 60.0  # of life, after which earlier deaths are forgotten
MAX_PAUSE_SECONDS = 60.0  # before a process is started again
TICK_SECONDS = 0.2
REPEATED_SIGNAL_SECONDS = 1.0  # a second signal within it is the same Ctrl-C, passed on by make or a shell
STDERR = 2  # where processes write; standard output is for the command
MAX_ANSWER_SECONDS = 30.0
GRACE_SECONDS = 6.0  # for processes to end by themselves
LAST_GRACE_SECONDS = 2.0  # and then for those that are stopped last


class ProcessStartError(Exception):
    """A process did not start; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process to keep running, in a process group of its own.

    `answers`: polled until it returns True before the next process is started. `stop_signals`: ask for a clean end,
    spread over the grace period. `last`: stop it after the others. `keep_files`: file descriptors that it inherits.
    `hint`: where to read why it ended. `repair`: called with the exit status of one that ended before it answered;
    returns what it did, or "".
    """

    name: str
    command: Sequence[str]
    answers: Callable[[], bool] | None = None
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)
    last: bool = False
    keep_files: tuple[int, ...] = ()
    hint: str = "What it said stands above."
    repair: Callable[[int], str] | None = None


@dataclass(slots=True)
class _Child:
    process: Process
    popen: subprocess.Popen[bytes] | None = None
    started: float = 0.0  # monotonic seconds, like `due`
    due: float = 0.0  # when to start it again
    answered: bool = False  # since it was started
    deaths: int = 0  # in a row
    how: str = ""  # how it ended last


class Supervisor:
    """Starts processes in order, restarts dead ones and stops them in reverse order. Not thread-safe.

    A failing process is restarted for ever, with pauses that grow to MAX_PAUSE_SECONDS, and does not affect the others;
    it is listed in the file `notes` (see `read_failures`). `stopping` ends every wait early; `hurry` skips the grace
    period of `stop`.
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
        self._write_notes()  # replaces those of a supervisor that was killed

    def start(self, process: Process) -> None:
        """Start a process and wait until it answers. Raises ProcessStartError when it does not in time."""
        child = _Child(process)
        self._children.append(child)
        self._spawn(child)
        deadline = time.monotonic() + MAX_ANSWER_SECONDS
        while process.answers is not None and not self.stopping.is_set() and not self._answers(child):
            if child.deaths > MAX_FIRST_STARTS:
                raise ProcessStartError(
                    f"{process.name} ended {child.deaths} times, and never answered. {process.hint}"
                )
            if time.monotonic() > deadline:
                raise ProcessStartError(
                    f"{process.name} does not answer after {MAX_ANSWER_SECONDS:.0f} s. {process.hint}"
                )
            self.tick()
            self.stopping.wait(TICK_SECONDS)

    def tick(self) -> None:
        """Check every process once; reap and restart dead ones."""
        with suppress(OSError):  # the next tick tries again
            self._keep_watchdog()
        for child in self._children:
            if child.popen is not None and child.popen.poll() is not None:
                self._reap(child)
            elif child.popen is None and time.monotonic() >= child.due:
                self._restart(child)
            elif child.popen is not None:
                self._check(child)

    def watch(self) -> None:
        """Tick until `stopping` is set."""
        while not self.stopping.is_set():
            self.tick()
            self.stopping.wait(TICK_SECONDS)

    def run_once(self, process: Process) -> int | None:
        """Run a process to its end while the others are supervised.

        Return its exit status (negative: the signal that ended it), None if `stopping` was set before.
        """
        child = _Child(process)
        self._spawn(child, output=None)
        assert child.popen is not None
        status = None
        try:
            while (status := child.popen.poll()) is None and not self.stopping.is_set():
                self.tick()
                self.stopping.wait(TICK_SECONDS)
        finally:
            self._stop_all([child], GRACE_SECONDS)
        return status

    def stop(self) -> None:
        """Stop every process: by its own signals first, by SIGKILL after the grace period."""
        self._stop_all([child for child in self._children if not child.process.last], GRACE_SECONDS)
        self._stop_all([child for child in self._children if child.process.last], LAST_GRACE_SECONDS)
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
        """Start the process of a child. Raises ProcessStartError where the system refuses."""
        child.started, child.answered = time.monotonic(), False
        try:
            self._keep_watchdog()
            child.popen = subprocess.Popen(
                list(child.process.command),
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                pass_fds=child.process.keep_files,
                process_group=0,
            )
        except OSError as error:
            raise ProcessStartError(f"{child.process.name} cannot be started: {error}") from error
        self._note(f"+{child.popen.pid}")

    def _restart(self, child: _Child) -> None:
        try:
            self._spawn(child)
        except ProcessStartError as error:
            self._count_death(child, str(error.__cause__))
            self.say(f"{error}; trying again in {child.due - time.monotonic():.2g} s")

    def _answers(self, child: _Child) -> bool:
        child.answered = child.answered or child.process.answers is None or child.process.answers()
        return child.answered

    def _check(self, child: _Child) -> None:
        """Record whether a running process answers, and forget its deaths once it is stable."""
        if child.process.repair is not None:
            self._answers(child)
        if child.deaths and time.monotonic() - child.started > STABLE_SECONDS:
            child.deaths = 0
            self._write_notes()

    def _reap(self, child: _Child) -> None:
        """Kill the rest of a dead process's group and schedule its restart."""
        assert child.popen is not None
        status = child.popen.returncode
        self._end_group(child.popen)
        child.popen = None
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        self._count_death(child, how)
        if child.process.repair is not None and not child.answered and (said := child.process.repair(status)):
            self.say(said)
        often = f" ({child.deaths} times in a row)" if child.deaths >= FAILING_DEATHS else ""
        self.say(f"{child.process.name} {how}{often}; starting it again in {child.due - time.monotonic():.2g} s")

    def _count_death(self, child: _Child, how: str) -> None:
        now = time.monotonic()
        child.deaths = 1 if now - child.started > STABLE_SECONDS else child.deaths + 1
        child.how, child.due = how, now + min(0.5 * 2 ** min(child.deaths - 1, 10), MAX_PAUSE_SECONDS)
        self._write_notes()

    def _write_notes(self) -> None:
        """Write the failing processes to the file `notes`. Errors are ignored."""
        if self.notes is None:
            return
        failing = {
            c.process.name: f"{c.how}, {c.deaths} times in a row" for c in self._children if c.deaths >= FAILING_DEATHS
        }
        with suppress(OSError):
            if failing:
                self.notes.write_text(json.dumps({"pid": os.getpid(), "failing": failing}), "utf-8")
            else:
                self.notes.unlink(missing_ok=True)

    def _end_group(self, popen: subprocess.Popen[bytes]) -> None:
        watchdog.kill_group(popen.pid)
        self._note(f"-{popen.pid}")

    def _stop_all(self, children: list[_Child], grace: float) -> None:
        running = [(child, child.popen) for child in reversed(children) if child.popen is not None]
        began = time.monotonic()
        sent = 0
        rounds = max((len(child.process.stop_signals) for child, _ in running), default=0)
        while any(popen.poll() is None for _, popen in running):
            passed = time.monotonic() - began
            if self.hurry.is_set() or passed > grace:
                break
            if sent < rounds and passed >= grace * sent / rounds:
                _signal_leaders(running, sent)
                sent += 1
            time.sleep(0.05)
        for child, popen in running:
            self._end_group(popen)
            popen.wait()
            child.popen = None

    def _keep_watchdog(self) -> None:
        if self._watchdog is not None and self._watchdog.poll() is None:
            return
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", watchdog.__file__], stdin=subprocess.PIPE, start_new_session=True
        )
        for child in self._children:
            if child.popen is not None:
                self._note(f"+{child.popen.pid}")

    def _note(self, line: str) -> None:
        if self._watchdog is None or self._watchdog.stdin is None:
            return
        try:
            os.write(self._watchdog.stdin.fileno(), f"{line}\n".encode())
        except BrokenPipeError:
            pass  # the next tick starts a new one with all groups


def read_failures(notes: Path) -> dict[str, str]:
    """Return the failing processes of a running supervisor: by name how they end."""
    try:
        stored = json.loads(notes.read_text("utf-8"))
        os.kill(int(stored["pid"]), 0)
        return {str(name): str(how) for name, how in stored["failing"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _signal_leaders(running: list[tuple[_Child, subprocess.Popen[bytes]]], turn: int) -> None:
    """Send the signal to the leader of each process group: it ends its own workers."""
    for child, popen in running:
        if turn < len(child.process.stop_signals) and popen.poll() is None:
            popen.send_signal(child.process.stop_signals[turn])


def stop_on_signals(supervisor: Supervisor) -> None:
    """Stop everything on the first signal, by force on a second one."""
    first = 0.0

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal first
        if not supervisor.stopping.is_set():
            first = time.monotonic()
            supervisor.stopping.set()
        elif time.monotonic() - first > REPEATED_SIGNAL_SECONDS:
            supervisor.hurry.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
