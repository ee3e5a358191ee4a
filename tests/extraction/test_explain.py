"""`manage.py extract --explain` says in words how each date came to its days."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import call_command


def explained(tmp_path: Path, text: str, *options: str) -> str:
    post = tmp_path / "post.md"
    post.write_text(text, "utf-8")
    out = io.StringIO()
    call_command("extract", str(post), "--explain", *options, stdout=out)
    return out.getvalue()


POST = """<!--1710936000000-->
[Vote set](https://one.example/1)
------

<p>The vote will be held on the second Sunday of next month, and on 5/6/2025.</p>
"""


def test_each_date_has_its_rule_its_days_and_its_steps(tmp_path: Path) -> None:
    said = explained(tmp_path, POST, "--anchor", "2024-03-20")
    assert "counted from 2024-03-20 (given)" in said
    assert "“the second Sunday of next month”: 2024-04-14 to 2024-04-14" in said
    assert "rule: nth weekday of a month" in said
    assert "counted from" in said.partition("rule: nth weekday of a month")[2]


@pytest.mark.parametrize(("order", "day"), [("dmy", "2025-06-05"), ("mdy", "2025-05-06")])
def test_the_order_of_figures_can_be_set(tmp_path: Path, order: str, day: str) -> None:
    said = explained(tmp_path, POST, "--order", order)
    assert f"“5/6/2025”: {day} to {day}" in said
