"""The catalogues of the interface: what the code and templates say, against what is translated.

`python -m tests.support.messages` brings all catalogues up to date: new messages are added (untranslated, so
that the tests ask for them), unused ones dropped, and the compiled files written.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import polib
from babel.messages.extract import extract
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "timeline" / "locale"
LANGUAGES = ("zh_Hans", "zh_Hant", "en")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
Key = tuple[str, str, str]  # context, message, plural


def catalogue(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def messages() -> dict[Key, str]:
    """Every message of the code and the templates, with the file that says it first."""
    found: dict[Key, str] = {}
    for path, source in _sources():
        for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
            texts = message if isinstance(message, tuple) else (message, "")
            found.setdefault((context or "", texts[0], texts[1]), path)
    return found


def _sources() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "timeline").rglob("*.py")):
        yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")
    for path in sorted(p for p in (ROOT / "templates").rglob("*") if p.suffix in (".html", ".txt")):
        yield path.relative_to(ROOT).as_posix(), templatize(path.read_text("utf-8"), str(path))


def key_of(entry: polib.POEntry) -> Key:
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""


def update(language: str) -> list[Key]:
    """Rewrite a catalogue and its compiled form; the messages that still want a translation."""
    path = catalogue(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    old = {key_of(e): e for e in polib.pofile(str(path))} if path.exists() else {}
    new = polib.POFile(wrapwidth=100)
    plural = "nplurals=1; plural=0;" if language.startswith("zh") else "nplurals=2; plural=(n != 1);"
    new.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": language,
        "Plural-Forms": plural,
    }
    for key, file in sorted(messages().items(), key=lambda item: (item[1], item[0])):
        entry = old.get(key) or _new(key, language)
        entry.occurrences, entry.obsolete = [(file, "")], False
        new.append(entry)
    new.save(str(path))
    new.save_as_mofile(str(path.with_suffix(".mo")))
    return [key_of(e) for e in new if not e.translated()]


def _new(key: Key, language: str) -> polib.POEntry:
    """An entry without translation; in English, the language of the messages, with itself."""
    context, message, plural = key
    entry = polib.POEntry(msgctxt=context or None, msgid=message)
    said = (message, plural) if language == "en" else ("", "")
    if plural:
        entry.msgid_plural = plural
        entry.msgstr_plural = {0: said[0], 1: said[1]} if language == "en" else {0: ""}
    else:
        entry.msgstr = said[0]
    if "%(" in message:
        entry.flags = ["python-format"]
    return entry


if __name__ == "__main__":
    for name in LANGUAGES:
        for missing in update(name):
            print(f"{name}: {missing}")
