"""What `pip install` gives to others: the core with few dependencies, and the server with its files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest

from tests.support.sources import CORE, MODULES, ROOT, imports, name_of
from timeline.fetching.http import USER_AGENT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
SOURCES = ("newsdesk", "timeline", "templates")
FILES = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "requirements.in")
# What is installed beside the core's dependencies cannot be imported.
WITHOUT = """
import sys
class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {forbidden}:
            raise ModuleNotFoundError(f"{{name}} is no dependency of the core", name=name)
sys.meta_path.insert(0, Without())
"""
CORE_READS = """
from datetime import date
from timeline.extraction import Article, read_article
from timeline.extraction.dates import find
print([e.edtf for e in find("英国将于今年年底前举行大选", date(2024, 3, 20))])
print([e.edtf for e in find("élection le 12 mai 2025", date(2024, 3, 20), language="fr")])
text = "Britain holds a general election on July 4, 2024."
article = Article(title="", text=text, published=None, anchor=date(2024, 5, 23))
print([(e.type, e.participants, e.when.edtf) for e in read_article(article).events])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built without the network and beside the tree."""
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    for folder in SOURCES:
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, tree)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(out),
        str(tree),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return next(out.glob("newsdesk-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds, as in site-packages."""
    folder = tmp_path_factory.mktemp("site-packages")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder


def run(installed: Path, home: Path, *arguments: str) -> str:
    """What Python prints that finds newsdesk in the wheel alone."""
    own = ("NEWSDESK_", "DJANGO_", "XDG_")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(own) and k != "DATABASE_URL"}
    environment |= {"PYTHONPATH": str(installed), "HOME": str(home), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def needed(names: list[str]) -> set[str]:
    """The modules of these distributions and of all that they need."""
    wanted, found = [*names], set[str]()
    while wanted:
        name = normal(wanted.pop())
        if name not in found:
            found.add(name)
            wanted += [r for r in distribution(name).requires or [] if "extra ==" not in r and "platform" not in r]
    return {module for module, of in packages_distributions().items() if {normal(d) for d in of} & found}


def normal(requirement: str) -> str:
    return re.split(r"[\[=<>~!; (]", requirement)[0].strip().lower().replace("_", "-")


def test_the_wheel_holds_all_code_and_all_files_that_it_reads(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = {
        p for folder in SOURCES for p in (ROOT / folder).rglob("*") if p.is_file() and p.parent.name != "__pycache__"
    }
    wanted = {p.relative_to(ROOT).as_posix() for p in files if p.suffix != ".po"}
    assert held == {f"newsdesk/{name}" if name.startswith("templates/") else name for name in wanted}


def test_the_core_reads_with_its_own_dependencies_alone(installed: Path, tmp_path: Path) -> None:
    forbidden = packages_distributions().keys() - needed(PROJECT["dependencies"])
    assert {"django", "celery", "httpx"} <= forbidden
    said = run(installed, tmp_path, "-c", WITHOUT.format(forbidden=sorted(forbidden)) + CORE_READS)
    assert said.splitlines() == ["['2024-03-20/2024-12-31']", "['2025-05-12']", "[('general', ('GB',), '2024-07-04')]"]


def test_the_command_finds_templates_and_keeps_its_data_with_the_user(installed: Path, tmp_path: Path) -> None:
    code = (
        "from django.conf import settings; from django.template.loader import get_template; "
        "print(get_template('admin/index.html').origin, settings.VAR, sep='\\n')"
    )
    said = run(installed, tmp_path, "-m", "newsdesk", "shell", "--no-imports", "-c", code)
    template, var = said.splitlines()
    assert template == str(installed / "newsdesk" / "templates" / "admin" / "index.html")
    assert var == str(tmp_path / ".local" / "share" / "newsdesk" / "var")
    assert PROJECT["scripts"] == {"newsdesk": "newsdesk.__main__:main"}


def test_the_dependencies_are_what_the_core_imports() -> None:
    core = [path for path in MODULES if name_of(path).startswith(CORE)]
    tops = {module.partition(".")[0] for path in core for module, _ in imports(path)}
    tops -= {"timeline", *sys.stdlib_module_names}
    distributions = packages_distributions()
    assert {normal(distributions[top][0]) for top in tops} == set(PROJECT["dependencies"])


def test_the_server_asks_for_the_core_as_well() -> None:
    lines = (ROOT / "requirements.in").read_text("utf-8").splitlines()
    assert set(PROJECT["dependencies"]) <= {normal(line) for line in lines if not line.startswith("#")}


def test_newsdesk_says_its_version_to_those_it_asks() -> None:
    assert USER_AGENT.startswith(f"newsdesk/{PROJECT['version']} ")
