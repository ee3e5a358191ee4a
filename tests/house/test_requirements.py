"""What newsdesk stands on is pinned, by version and by content."""

from __future__ import annotations

import re

import pytest

from tests.support.processes import ROOT
from tools.audit import PINNED, broken, pins, unpinned


def test_every_pin_has_a_version_and_a_hash() -> None:
    assert unpinned() == []
    assert all(len(list(pins(ROOT / name))) > 20 for name in PINNED)


@pytest.mark.parametrize("name", PINNED)
def test_what_is_asked_for_is_pinned(name: str) -> None:
    asked = (ROOT / name).with_suffix(".in").read_text("utf-8").splitlines()
    wanted = {re.split(r"[\[=<>~!;]", line)[0].strip().lower() for line in asked if line and not line.startswith("#")}
    pinned = {package.lower() for package, _, _ in pins(ROOT / name)}
    assert wanted <= pinned


def test_the_packages_that_are_installed_fit_together() -> None:
    assert broken() == ""
