"""Reasons as values: stored and read back; no program reads the sentences made of them."""

from __future__ import annotations

import ast
import json
from datetime import date
from pathlib import Path

import pytest

from timeline.extraction.dates import find
from timeline.extraction.reason import NO_YEAR, Code, from_json, has, reason, to_json

ROOT = Path(__file__).resolve().parents[2] / "timeline"
SOURCES = sorted(p for p in ROOT.rglob("*.py") if "migrations" not in p.parts)
SENTENCES = {"why", "doubts", "doubt"}  # names of what is made for readers, or holds codes compared as a whole


def test_a_reason_survives_the_database() -> None:
    for text in ("未来14个月", "11月", "周一", "最近", "去年同期", "5月3日至5日"):
        for expression in find(f"2023年4月1日。{text}", date(2024, 3, 20)):
            assert from_json(json.loads(json.dumps(to_json(expression.reasons)))) == expression.reasons


def test_days_are_written_in_iso() -> None:
    assert to_json((reason(Code.DAYS, date(2024, 3, 1), None),)) == [["days", ["2024-03-01", None]]]


def test_a_step_is_found_by_its_code() -> None:
    (stated,), (bare,) = find("2024年5月", date(2024, 3, 20)), find("5月", date(2024, 3, 20))
    assert has(bare.reasons, NO_YEAR) and not has(stated.reasons, NO_YEAR)


def reads_a_sentence(node: ast.AST) -> bool:
    """`"no year" in e.why`, `claim.why == "…"`, `re.search(…, why)`, `why.startswith(…)`."""
    named = {
        n.attr if isinstance(n, ast.Attribute) else n.id
        for n in ast.walk(node)
        if isinstance(n, ast.Attribute | ast.Name)
    }
    if isinstance(node, ast.Compare):
        texts = [n for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value]
        return bool(texts) and bool(named & SENTENCES)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        by = {"startswith", "endswith", "find", "index", "split", "partition", "search", "match", "fullmatch", "sub"}
        asked = {
            n.attr if isinstance(n, ast.Attribute) else getattr(n, "id", "") for n in (node.func.value, *node.args)
        }
        return node.func.attr in by and bool(asked & SENTENCES)
    return False


@pytest.mark.parametrize(
    "code",
    [
        '"no year" in e.why',
        '" + " not in dating.why',
        'why == "by law"',
        "why.startswith(x)",
        "REASON.sub(f, claim.why)",
    ],
)
def test_what_reads_a_sentence_is_recognised(code: str) -> None:
    assert any(map(reads_a_sentence, ast.walk(ast.parse(code))))


def test_no_program_reads_a_sentence() -> None:
    found = [
        f"{path}, line {n.lineno}"
        for path in SOURCES
        for n in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(n, ast.Compare | ast.Call) and reads_a_sentence(n)
    ]
    assert found == []


def test_no_rule_asks_for_the_name_of_a_trigger() -> None:
    """The name is shown to editors; what rules ask for are traits."""
    paths = sorted((ROOT / "extraction" / "events").glob("*.py"))
    assert paths
    for path in paths:
        compared = [n for n in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(n, ast.Compare)]
        names = {ast.unparse(side) for n in compared for side in (n.left, *n.comparators)}
        assert not {name for name in names if name.endswith(".name")}, path
