"""Measure in chromium how soon the picture is drawn, and its memory: newsdesk beside vis-timeline with the same events.

newsdesk is measured for the first reader, whose page is rendered, and for later ones, who get the cached page
(newsdesk/middleware/page_cache.py). All requests come from this machine; the time begins with the navigation and so
includes the server. The browser is running and has drawn Chinese text; each run has a fresh profile, without a cache.
Medians of five.

An empty page, a heading and a word, shows the browser's time for any page. vis-timeline (npm) is downloaded once into
var/bench/npm.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from playwright.sync_api import TimeoutError as TooLate

from bench.generated import databases
from bench.postgres import ROOT, Database
from bench.table import OUT, table

EVENTS = (200, 2_000, 20_000)
ROUNDS = 5
SECONDS = 60
UNDISTURBED = 1.5  # seconds before the page is first asked: the question itself takes it some 20 ms
VIS = "vis-timeline@8.5.0"
NPM = OUT / "npm"
SCENE = ROOT / "bench" / "vis.html"
# Painted: the browser has shown two frames since the whole picture stood in the page (the legend follows our picture;
# vis-timeline says when it has drawn for the first time). Ready: everything is loaded, too, and two frames are shown.
READY = """
addEventListener("load", () => {
  const shown = () => requestAnimationFrame(() => requestAnimationFrame(() => {
    window.ready = performance.now();
    if (!stands()) window.painted = window.ready; // nothing to draw: the page that warms up
  }));
  if (window.drawn === undefined) { shown() } else { window.drawn.then(shown) }
});
const frames = (n, then) => n ? requestAnimationFrame(() => frames(n - 1, then)) : then();
const stands = () => document.querySelector("ul.legend") ? Promise.resolve() : window.drawn;
const look = () => {
  const there = stands();
  if (there) there.then(() => frames(2, () => { window.painted = performance.now() }));
  else requestAnimationFrame(look);
};
look();
"""
ANSWERED = "performance.getEntriesByType('navigation')[0].responseEnd"
EMPTY = """<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><title>empty</title>
<h1>大选</h1><ul class="legend"><li>选举</li></ul></html>"""
WARMING = "data:text/html;charset=utf-8,<h1>法国将于2025年5月举行总统选举</h1><svg><text y='20'>大选</text></svg>"

Figures = dict[str, float]


def run() -> str:
    with databases("sqlite") as kept, sync_playwright() as playwright:
        with _files(OUT / "empty") as address:
            rows = [_row(0, "an empty page", _measured(playwright, address, lambda page: 0), None)]
        for events in EVENTS:
            database = kept.of(events, "--ahead")
            with _newsdesk(database, kept=0) as address:
                first = _measured(playwright, address, _marks)
            with _newsdesk(database, kept=100) as address:
                next = _measured(playwright, address, _marks)
            with _vis(database, events) as address:
                theirs = _measured(playwright, address, _items)
            rows += [_row(events, "newsdesk, rendered", first, theirs), _row(events, "newsdesk, cached", next, theirs)]
            rows += [_row(events, "vis-timeline 8.5.0", theirs, None)]
    head = ("events in the window", "", "marks or items", "server time, ms", "painted, ms", "speed")
    return table((*head, "ready, ms", "JS heap, MB", "renderer, MB"), rows)


def _row(events: int, name: str, found: Figures | None, theirs: Figures | None) -> list[str]:
    if found is None:
        return [f"{events:,}", name, "", "", f"not within {SECONDS} s", "", "", "", ""]
    sooner = f"{theirs['painted'] / found['painted']:.1f}×" if theirs else ""
    shown = [f"{found['marks']:.0f}", f"{found['answered']:.0f}", f"{found['painted']:.0f}", sooner]
    shown.append(f"{found['ready']:.0f}")
    return [f"{events:,}", name, *shown, f"{found['heap']:.1f}", f"{found['memory']:.0f}"]


# --- what is opened -----------------------------------------------------------------------------


@contextmanager
def _newsdesk(database: Database, kept: int) -> Iterator[str]:
    """Serve the page as `manage.py run` does, on a free port; `kept`: as NEWSDESK_PAGES_KEPT."""
    port = _free_port()
    command = [sys.executable, "manage.py", "web", f"--port={port}"]
    server = subprocess.Popen(command, cwd=ROOT, env={**database.env, "NEWSDESK_PAGES_KEPT": str(kept)})
    try:
        address = f"http://127.0.0.1:{port}/"
        for _ in range(8):  # both workers have read their templates and translations
            _wait_for(address)
        yield address
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def _vis(database: Database, events: int) -> Iterator[str]:
    """Serve the same events as items of vis-timeline, from a file server."""
    _install()
    folder = OUT / "drawing"
    folder.mkdir(parents=True, exist_ok=True)
    umd = NPM / "node_modules" / "vis-timeline"
    shutil.copy(umd / "standalone" / "umd" / "vis-timeline-graph2d.min.js", folder / "vis.js")
    shutil.copy(umd / "styles" / "vis-timeline-graph2d.min.css", folder / "vis.css")
    shutil.copy(SCENE, folder / "index.html")
    (folder / "items.js").write_text(f"const scene = {database.python('-m', 'bench.items')}", "utf-8")
    with _files(folder) as address:
        yield address


@contextmanager
def _files(folder: Path) -> Iterator[str]:
    """Serve a folder and yield the URL of its index.html; an empty page where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "index.html").exists():
        (folder / "index.html").write_text(EMPTY, "utf-8")
    handler = partial(_Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/index.html"
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def _install() -> None:
    if not (NPM / "node_modules" / "vis-timeline").is_dir():
        command = ["npm", "install", "--prefix", str(NPM), "--no-save", "--silent", VIS]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str) -> None:
    for _ in range(150):
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                answer.read()
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(address)


# --- what is measured ---------------------------------------------------------------------------


def _measured(playwright: Playwright, address: str, count: Callable[[Page], int]) -> Figures | None:
    """Return medians; None where the page is not ready in time."""
    found: list[Figures] = []
    browser = _browser(playwright)
    try:
        _once(browser, WARMING, lambda page: 0)
        for _ in range(ROUNDS):
            found.append(_once(browser, address, count))
    except TooLate:
        return None
    finally:
        browser.close()
    return {name: statistics.median(one[name] for one in found) for name in found[0]}


def _browser(playwright: Playwright) -> Browser:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    options = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")
    return playwright.chromium.launch(executable_path=path, headless=True, args=options)


def _once(browser: Browser, address: str, count: Callable[[Page], int]) -> Figures:
    # wait_for_function runs text as a script, which our policy refuses: so it is off for both.
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 900}, bypass_csp=True)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    page.add_init_script(READY)
    page.goto(address, wait_until="commit", timeout=SECONDS * 1000)
    time.sleep(UNDISTURBED)
    page.wait_for_function("window.ready && window.painted", timeout=SECONDS * 1000)
    heap = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}["JSHeapUsedSize"]
    figures = {
        "ready": page.evaluate("window.ready"),
        "painted": page.evaluate("window.painted"),
        "answered": page.evaluate(ANSWERED),
        "heap": heap / 1e6,
        "memory": _renderers(browser) / 1e6,
        "marks": count(page),
    }
    context.close()
    return figures


def _renderers(browser: Browser) -> int:
    """Return the memory in bytes of the largest renderer process, which is the page's."""
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    return max(_resident(p["id"]) for p in processes if p["type"] == "renderer")


def _resident(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def _marks(page: Page) -> int:
    return page.locator("svg a.mark").count()


def _items(page: Page) -> int:
    return page.locator(".vis-item .vis-item-content").count()


if __name__ == "__main__":
    print(run())
