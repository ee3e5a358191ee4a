"""docs/filters.md says what the table of parameters says, and its walk to a new filter leads to one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "filters.md"
BLOCK = re.compile(r"^   ```python\n(.*?)^   ```$", re.S | re.M)
TRY = """
import json
from datetime import date
import django
django.setup()
from django.http import QueryDict
from timeline.api import api
from timeline.management.commands.filters import table
from timeline.query.filter import EventFilter
from timeline.query.parser import FilterError

today = date(2024, 9, 1)
now, then = (EventFilter.parse(QueryDict(query)) for query in ("by_law=yes", "by_law=no&as_of=2024-05-01"))
try:
    refused = EventFilter.parse(QueryDict("by_law=maybe"))
except FilterError as error:
    refused = error.problems[0][0]
operations = api.get_openapi_schema()["paths"]["/api/v1/events"]["get"]
print(json.dumps({
    "query": now.to_query(),
    "now": str(now.queryset(today).query).partition(" WHERE ")[2],
    "then": str(then.queryset(today).query).partition(" WHERE ")[2],
    "refused": refused,
    "described": [parameter["name"] for parameter in operations["parameters"]],
    "documented": "| `by_law` |" in table(),
}))
"""


def test_the_document_has_the_table_of_the_code(tmp_path: Path) -> None:
    now = tmp_path / "filters.md"
    now.write_bytes(DOCUMENT.read_bytes())
    call_command("filters", now)
    assert now.read_bytes() == DOCUMENT.read_bytes(), "run `manage.py filters` and review what changed"


def test_a_document_without_the_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text("# Other\n")
    with pytest.raises(CommandError, match="no table"):
        call_command("filters", tmp_path / "other.md")


def test_the_walk_makes_a_filter(tmp_path: Path) -> None:
    condition, entry = (
        block.replace("\n   ", "\n").removeprefix("   ") for block in BLOCK.findall(DOCUMENT.read_text())
    )
    package = tmp_path / "timeline"
    package.mkdir()
    for path in (ROOT / "timeline").iterdir():
        if path.name not in ("query", "__pycache__"):
            (package / path.name).symlink_to(path)
    shutil.copytree(ROOT / "timeline" / "query", package / "query", ignore=shutil.ignore_patterns("__pycache__"))
    with (package / "query" / "conditions.py").open("a") as conditions:
        conditions.write("\n\n" + condition)
    parameters = package / "query" / "parameters.py"
    before = "    as_of: date | None = field("
    text = parameters.read_text()
    assert text.count(before) == 1
    parameters.write_text(text.replace(before, entry + before))

    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
        "DJANGO_SETTINGS_MODULE": "newsdesk.settings",
        "NEWSDESK_VAR": str(tmp_path / "var"),
    }
    done = subprocess.run(
        [sys.executable, "-c", TRY], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["query"], found["refused"], found["documented"]) == ("by_law=yes", "by_law", True)
    assert '"timeline_event"."by_law"' in found["now"]
    assert '"timeline_eventbelief"."by_law"' in found["then"]
    assert "by_law" in found["described"]
