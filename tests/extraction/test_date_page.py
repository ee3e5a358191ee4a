"""docs/dates.md says what the rules do."""

from __future__ import annotations

import pytest

from tests.support.date_examples import LANGUAGES, rule_names
from tests.support.date_page import PAGE, filled


def test_the_page_is_what_the_examples_give() -> None:
    page = PAGE.read_text("utf-8")
    assert filled(page) == page, "run `python -m tests.support.date_page`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_rule_has_a_row_with_days_and_a_reason(language: str) -> None:
    rows = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    reasons = {row[0].removeprefix("| "): row[-1].removesuffix(" |") for row in rows}
    assert [name for name in rule_names(language) if not reasons.get(name)] == []
