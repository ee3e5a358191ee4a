"""`manage.py readings FILE…`: both readings of articles side by side, and what of the answer is not believed."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from timeline.extraction import EventMention
from timeline.extraction.second import check_answer, mark, prompt_of
from timeline.extraction.second.combine import combine
from timeline.fetching.archives import Problem, open_posts
from timeline.fetching.posts import PostError, RawArticle, parse_post
from timeline.management.commands.extract import read_raw
from timeline.second_reader.client import ModelError, ask, is_on


class Command(BaseCommand):
    """Ask the model about articles in files and compare; nothing is stored."""

    help = "Print what newsdesk and the language model read in articles (files or archives in the post format)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--question", action="store_true", help="print what would be asked, and ask nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["question"] and not is_on():
            raise CommandError("No model is set: see NEWSDESK_MODEL_URL and NEWSDESK_MODEL_NAME in deploy/env.example.")
        refused = 0
        for post in open_posts(options["paths"]):
            try:
                if isinstance(post, Problem):
                    raise PostError(post.reason)
                for line in _lines(parse_post(post.data, post.name), ask_it=not options["question"]):
                    self.stdout.write(line)
            except (PostError, ModelError) as error:
                refused += 1
                print(f"{post.origin}: {error}", file=sys.stderr)
        if refused:
            raise CommandError(f"{refused} not read", returncode=1)


def _lines(raw: RawArticle, *, ask_it: bool) -> Iterator[str]:
    reading, text = read_raw(raw, None, None)
    yield f"{raw.name}: {raw.title}"
    language = reading.language.partition("-")[0]
    marked = mark(text, raw.title, reading.expressions, reading.anchor.day, language) if reading.anchor else None
    if marked is None:
        yield "  no date that could be an event's: the model is not asked"
        return
    system, question = prompt_of(marked)
    if not ask_it:
        yield f"{system}\n\n{question}\n"
        return
    answer = ask(system, question)
    checked = check_answer(marked, answer.text)
    for name, events in (
        ("newsdesk", reading.events),
        ("model", checked.events),
        ("together", combine(reading.events, checked.events)),
    ):
        yield f"  {name}: {len(events)}"
        yield from (f"    {_event(event)}" for event in events)
    yield from (f"  not believed: {why.value}" for why in checked.dropped)
    yield from (f"  without a number: {words!r} in sentence {number + 1}" for number, words in checked.proposed)
    yield f"  tokens: {answer.tokens_in} asked, {answer.tokens_out} answered"


def _event(event: EventMention) -> str:
    who = "+".join(event.participants)
    doubts = f" ({', '.join(event.doubts)})" if event.doubts else ""
    return f"{event.when.edtf} {event.type} {event.stage} {who} {event.status}{doubts}"
