"""Where NEWSDESK_NO_SKIP=1, a test that does not run is a failed one."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest


def _fail_if_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    if os.environ.get("NEWSDESK_NO_SKIP") == "1" and report.outcome == "skipped":
        report.outcome = "failed"
        vars(report).pop("wasxfail", None)  # it would keep the failure out of the exit status
        report.longrepr = f"Not run, and NEWSDESK_NO_SKIP=1 allows no skips: {report.longrepr}"


# Wrappers come before everyone who counts or prints, the session's exit status included; and every
# report passes here, whatever skipped its test: a mark, a call, an import, an expected failure.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> Generator[None, None, None]:
    _fail_if_skipped(report)
    yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collectreport(report: pytest.CollectReport) -> Generator[None, None, None]:
    _fail_if_skipped(report)
    yield
