"""Where skips are forbidden, nothing that keeps a test from running can end in success."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import no_skip
from tests.support.processes import ROOT

WAYS = {
    "call": "def test_it(): pytest.skip('no')",
    "mark": "@pytest.mark.skip\ndef test_it(): pass",
    "import": "pytest.importorskip('no_such_module')\ndef test_it(): pass",
    "expected_failure": "@pytest.mark.xfail\ndef test_it(): raise ValueError",
    "part": "def test_it(subtests):\n    with subtests.test(): pytest.skip('no')",
}


def test_it_holds_for_these_tests(pytestconfig: pytest.Config) -> None:
    for called, own in (
        (pytestconfig.hook.pytest_runtest_logreport, no_skip.pytest_runtest_logreport),
        (pytestconfig.hook.pytest_collectreport, no_skip.pytest_collectreport),
    ):
        assert any(implementation.function is own for implementation in called.get_hookimpls())


def test_every_way_to_skip_fails_where_skips_are_forbidden(tmp_path: Path) -> None:
    said = _pytest(tmp_path / "forbidden", WAYS, "1")
    for way in WAYS:
        assert re.search(rf"^(FAILED|ERROR|SUBFAILED\S*) test_{way}\.py\b.*allows no ski", said, re.M), f"{way}: {said}"
    said = _pytest(tmp_path / "allowed", {"call": WAYS["call"]}, "")
    assert "1 skipped" in said, said


def _pytest(folder: Path, files: dict[str, str], forbidden: str) -> str:
    """What pytest says of these files, in one process."""
    folder.mkdir()
    for name, code in files.items():
        (folder / f"test_{name}.py").write_text(f"import pytest\n{code}\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "NEWSDESK_NO_SKIP": forbidden,
        "COLUMNS": "200",
    }
    command = [sys.executable, "-m", "pytest", "-p", "tests.support.no_skip", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--continue-on-collection-errors"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == (1 if forbidden else 0), done.stdout + done.stderr
    return done.stdout
