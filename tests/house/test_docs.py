"""What the documents name is there: files, links, and commands of the Makefile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.sources import ROOT

SKIPPED = {".venv", ".venv-bench", ".git", "var", "build"}
ENDINGS = "py|toml|html|js|md|txt|in|conf|yaml|yml|json|service|timer|example|png|lua|mjs"
NAMED = re.compile(rf"`([\w./@-]*\w\.(?:{ENDINGS}))`")
IN_COMMENT = re.compile(rf"\b((?:tests|timeline|newsdesk|bench|docs|deploy|tools)/[\w./@-]*\w\.(?:{ENDINGS}))\b")
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]+)?\)")
FOLDER = re.compile(r"^\| `([\w./]+/)` \|")
TARGET = re.compile(r"\bmake ([a-z][a-z-]+)")
# No files of this tree: what is made elsewhere, or by who follows CONTRIBUTING.md. Addresses begin with a slash.
ELSEWHERE = {"changes.json", "export.csv", "robots.txt"} | {
    f"timeline/extraction/dates/fr{x}.toml" for x in ("", "_examples")
}
FILE_BASES = ("", "timeline/", "newsdesk/", "docs/", "timeline/static/timeline/", "timeline/extraction/")


@cache
def files() -> frozenset[str]:
    """Every file of the tree, relative to its root."""
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return frozenset(path.as_posix() for path in found if not SKIPPED & set(path.parts))


DOCUMENTS = sorted(
    Path(name)
    for name in files()
    if name.endswith(".md") and not name.startswith("samples/") and name != "CHANGELOG.md"
)
COMMENTED = sorted(Path(name) for name in files() if name.startswith("deploy/") and not name.endswith(".md"))


def named_files(document: Path) -> Iterator[tuple[str, str]]:
    """(line, file) for each file that a document names; a row of a table may begin with the folder of its files."""
    for line in (ROOT / document).read_text("utf-8").splitlines():
        folder = FOLDER.match(line)
        for name in NAMED.findall(line):
            yield line, (folder[1] + name if folder and "/" not in name else name)


def exists(name: str) -> bool:
    if "/" not in name:
        return any(file == name or file.endswith("/" + name) for file in files())
    return any(base + name in files() for base in FILE_BASES)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = [(name, line) for line, name in named_files(document) if not name.startswith("/")]
    assert [(name, line) for name, line in named if name not in ELSEWHERE and not exists(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_every_link_of_a_document_leads_somewhere(document: Path) -> None:
    prose = re.sub(r"`[^`]*`", "", (ROOT / document).read_text("utf-8"))
    for target, anchor in LINK.findall(prose):
        if target.startswith(("http://", "https://")):
            continue
        there = (ROOT / document).parent / target
        assert there.exists(), f"{document}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.M)
            assert anchor[1:] in {slug(heading) for heading in headings}, f"{document}: {target}{anchor}"


def slug(heading: str) -> str:
    """The anchor that a heading gets."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("file", COMMENTED, ids=str)
def test_every_file_that_a_comment_of_deploy_names_exists(file: Path) -> None:
    assert [name for name in IN_COMMENT.findall((ROOT / file).read_text("utf-8")) if not exists(name)] == []


def test_every_command_of_make_is_one() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    for document in DOCUMENTS:
        text = (ROOT / document).read_text("utf-8").replace("\n", " ")
        named = set(TARGET.findall(" ".join(re.findall(r"`[^`]+`|    make [a-z-]+", text))))
        assert named <= targets, f"{document}: {named - targets}"


def commands(document: str) -> list[str]:
    """The lines of code of a document, without comments."""
    text = (ROOT / document).read_text("utf-8")
    blocks = re.findall(r"^    (\S.*)$|^```\w+\n((?s:.*?))^```", text, re.M)
    lines = [line for indented, fenced in blocks for line in (indented or fenced).splitlines()]
    return [re.sub(r"\s+# .*$", "", line).strip() for line in lines]


@pytest.mark.parametrize("translation", ["README.zh-Hans.md", "README.zh-Hant.md"])
def test_the_commands_of_a_translated_readme_are_those_of_the_english_one(translation: str) -> None:
    assert commands(translation) == commands("README.md")
    assert len(commands("README.md")) > 10
    assert f"]({translation})" in (ROOT / "README.md").read_text("utf-8")
