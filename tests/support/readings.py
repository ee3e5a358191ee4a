"""Pages as a reader gets them, taken apart."""

from __future__ import annotations

import re

from django.test import Client
from selectolax.lexbor import LexborHTMLParser as HTMLParser
from selectolax.lexbor import LexborNode as Node


def page(client: Client, url: str, status: int = 200) -> HTMLParser:
    response = client.get(url)
    assert response.status_code == status, response.content.decode()[:2000]
    return HTMLParser(response.content.decode())


def one(tree: HTMLParser | Node, selector: str) -> Node:
    found = tree.css(selector)
    assert len(found) == 1, (selector, [node.html for node in found])
    return found[0]


def texts(tree: HTMLParser | Node, selector: str) -> list[str]:
    return [re.sub(r"\s+", " ", node.text()).strip() for node in tree.css(selector)]
