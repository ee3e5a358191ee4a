"""Where skips are forbidden, nothing that keeps a test from running can end in success."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.processes import ROOT

WAYS = {
    "a call": "def test_it(): pytest.skip('no')",
    "a mark": "@pytest.mark.skip\ndef test_it(): pass",
    "an import": "pytest.importorskip('no_such_module')\ndef test_it(): pass",
    "an expected failure": "@pytest.mark.xfail\ndef test_it(): raise ValueError",
    "a part of it": "def test_it(subtests):\n    with subtests.test(): pytest.skip('no')",
}


def test_every_way_to_skip_fails_where_skips_are_forbidden(tmp_path: Path) -> None:
    started = {way: _pytest(tmp_path / str(number), code, "1") for number, (way, code) in enumerate(WAYS.items())}
    allowed = _pytest(tmp_path / "allowed", WAYS["a call"], "")
    for way, process in started.items():
        said = process.communicate(timeout=60)[0]
        assert process.returncode in (1, 2), f"{way}: {said}"
        assert "allows no skips" in said, f"{way}: {said}"
    said = allowed.communicate(timeout=60)[0]
    assert allowed.returncode == 0, said


def _pytest(folder: Path, code: str, forbidden: str) -> subprocess.Popen[str]:
    folder.mkdir()
    (folder / "test_it.py").write_text(f"import pytest\n{code}\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    environment |= {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "NEWSDESK_NO_SKIP": forbidden}
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-p", "conftest", "-p", "no:cacheprovider"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
