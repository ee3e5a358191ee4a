"""Everything fails that can fail while articles are imported, and nothing is lost, doubled, or believed otherwise.

The short form of `make faults` (bench/faults.py): made-up articles, on a PostgreSQL and a Redis of its own.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import faults


@pytest.mark.timeout(240)  # some 50 s on an idle machine
def test_an_import_in_a_storm_ends_like_one_in_calm(tmp_path: Path) -> None:
    outcome = faults.suffer(faults.made_up(tmp_path, 200), faults.poisonous(tmp_path), faults.SHORT)
    assert outcome.different == {}
    assert outcome.rows["articles"] == 200 and outcome.rows["events"] > 100
    hungry, kills = outcome.failed
    assert hungry[0].endswith("/hungry") and hungry[1] == 3 and "MemoryError" in hungry[2]
    assert kills[0].endswith("/kills") and kills[1] == 3 and "ended 3 workers" in kills[2]
    assert len(outcome.faults) == 5
