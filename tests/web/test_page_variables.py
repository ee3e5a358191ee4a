"""A page is a dataclass: its template reads every field, and nothing else."""

from __future__ import annotations

import dataclasses
import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.template import Node, Variable
from django.template.base import FilterExpression, TokenType
from django.template.defaulttags import ForNode
from django.template.loader import get_template
from django.template.loader_tags import ExtendsNode, IncludeNode
from django.template.smartif import TokenBase
from django.templatetags.i18n import BlockTranslateNode

from tests.support.sources import MODULES, name_of

# What Django, its admin, and newsdesk's context processors give every page; and what tags give their blocks.
EVERYWHERE = {"request", "user", "perms", "messages", "csrf_token", "opts", "forloop", "block", "True", "False", "None"}
# What a part that several pages share reads only where it is there, or where another variable is set.
NOT_HERE = {"timeline/timeline.html": {"pages"}, "timeline/dashboard.html": {"ways"}}
PAGE = re.compile(r"The variables of `([\w/]+\.html)`")


def pages() -> Iterator[tuple[str, type]]:
    for path in MODULES:
        if name_of(path).startswith(("timeline.web.", "timeline.admin.")):
            for found in vars(importlib.import_module(name_of(path))).values():
                template = PAGE.search(getattr(found, "__doc__", None) or "")
                if template and isinstance(found, type) and found.__module__ == name_of(path):
                    yield template[1], found


PAGES = sorted(pages(), key=lambda page: page[0])


def parts(value: Any) -> Iterator[Any]:
    """What a node is made of: other nodes, expressions, and the operands of conditions."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from parts(one)
    elif isinstance(value, dict):
        yield from parts(list(value.values()))
    elif isinstance(value, Node | FilterExpression | Variable | TokenBase):
        yield value


def read_and_bound(nodes: Any) -> tuple[set[str], set[str]]:
    """The first names of all variables that a part of a template reads, and the names that its tags give."""
    read, bound, seen, left = set[str](), set[str](), set[int](), list(parts(nodes))
    while left:
        node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Variable):
            read |= {node.lookups[0]} if node.lookups else set()
            continue
        if isinstance(node, IncludeNode):
            assert isinstance(node.template, FilterExpression)
            left += parts(list(get_template(node.template.resolve(None)).template.nodelist))  # type: ignore[attr-defined, arg-type]
        if isinstance(node, BlockTranslateNode):
            read |= {t.contents for t in (*node.singular, *(node.plural or ())) if t.token_type == TokenType.VAR}
        if isinstance(node, ForNode):
            bound |= set(node.loopvars)
        if isinstance(node, Node):
            bound |= {n for n in (getattr(node, k, None) for k in ("asvar", "target_var", "countervar")) if n}
            bound |= set(getattr(node, "extra_context", None) or ())
        names = {*getattr(type(node), "__slots__", ()), *getattr(node, "__dict__", ())} - {"parent_name"}
        left += parts([getattr(node, name, None) for name in names])
    return read, bound


@pytest.mark.parametrize(("template", "page"), PAGES, ids=[page.__name__ for _, page in PAGES])
def test_a_template_reads_the_fields_of_its_page_and_nothing_else(template: str, page: type) -> None:
    nodes = get_template(template).template.nodelist  # type: ignore[attr-defined]
    if nodes and isinstance(nodes[0], ExtendsNode):
        nodes = list(nodes[0].blocks.values())
    read, bound = read_and_bound(list(nodes))
    fields = {field.name for field in dataclasses.fields(page)}
    assert read - bound - EVERYWHERE - NOT_HERE.get(template, set()) <= fields, (
        "the template reads what the page does not have"
    )
    assert fields <= read | {"title"}, "the page has what the template does not read"  # the admin's own heading


def test_pages_of_both_kinds_were_found() -> None:
    found = {template for template, _ in PAGES}
    assert {"timeline/event.html", "timeline/timeline.html", "admin/timeline/review.html"} <= found
    assert len(found) >= 14


def test_a_misspelt_variable_is_noticed() -> None:
    read, bound = read_and_bound(list(get_template("timeline/_list.html").template.nodelist))  # type: ignore[attr-defined]
    assert read - bound - EVERYWHERE == {"events"} and {"row", "actor"} <= bound
