"""Everything fails that can fail while articles are imported, and nothing is lost, doubled, or believed otherwise.

The short form of `make faults` (bench/faults.py): made-up articles, on a PostgreSQL and a Redis of its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import faults


def test_all_kinds_of_faults_are_collected_and_each_has_a_name_of_its_own() -> None:
    names = [fault.name for fault in faults.collected()]
    assert len(names) == len(set(names)) >= 10
    assert all(names)


@pytest.mark.timeout(240)  # some 50 s on an idle machine
def test_an_import_in_a_storm_ends_like_one_in_calm(tmp_path: Path) -> None:
    short = [fault for fault in faults.collected() if fault.short]
    assert len(short) >= 8
    outcome = faults.suffer(faults.made_up(tmp_path, 200), short, faults.SHORT)
    assert [(one.kind, one.what) for one in outcome.seen if not one.held] == []
    assert {fault.name for fault in short} < {one.kind for one in outcome.seen}
    assert outcome.different == {} and outcome.failed == []
    assert outcome.rows["articles"] == 200 and outcome.rows["events"] > 100
