"""A second reader of articles, a language model: what it is shown, and how far its answer is believed. Pure."""

from timeline.extraction.second.answers import ANSWER_SCHEMA, Checked, check_answer
from timeline.extraction.second.marked import MarkedText, mark
from timeline.extraction.second.prompt import PROMPT_VERSION, prompt_of

__all__ = ["ANSWER_SCHEMA", "PROMPT_VERSION", "Checked", "MarkedText", "check_answer", "mark", "prompt_of"]
