"""The translation catalogs: `compile` them, `update` them with new texts, `check` that they are complete and fresh.

Texts are marked in Python and templates; `translations/messages.pot` lists them all; each language has one `.po`.
English is the language of the source and needs no catalog.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "translations"
TEMPLATE = FOLDER / "messages.pot"
LANGUAGES = ("es",)
SOURCES = {"portal": [("**.py", "python")], "templates": [("**.html", "jinja2"), ("**.txt", "jinja2")]}
# Templates are read as they are run: white space inside a text counts as one space.
OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}, "**.txt": {"trimmed": "true", "silent": "false"}}
KEYWORDS = [
    "_", "gettext", "ngettext:1,2", "lazy_gettext", "lazy_ngettext:1,2", "_l", "pgettext:1c,2", "npgettext:1c,2,3",
    "known_text",
]  # fmt: skip
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|%[sd]")


def catalog_path(language: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


def read(path: Path, language: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compile_() -> None:
    """Write each `.mo` whose `.po` is newer; entries marked fuzzy are left out."""
    for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.po")):
        target = path.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= path.stat().st_mtime:
            continue
        unfinished = target.with_suffix(".mo.part")
        with unfinished.open("wb") as file:
            write_mo(file, read(path, path.parts[-3]))
        unfinished.replace(target)
        sys.stdout.write(f"==> compiled the {path.parts[-3]} texts\n")


def extracted() -> Catalog:
    """All texts marked in the sources today, in alphabetical order."""
    catalog = Catalog(project="Throughline", charset="utf-8")
    for folder, methods in SOURCES.items():
        found = extract_from_dir(
            ROOT / folder, methods, OPTIONS, keywords=parse_keywords(KEYWORDS), comment_tags=("Translators:",)
        )
        for name, _line, message, comments, context in found:
            catalog.add(message, None, [(f"{folder}/{name}", 0)], auto_comments=comments, context=context)
    return catalog


def update() -> None:
    """Write the template and merge it in each language's catalog, keeping what is translated."""
    wanted = extracted()
    _write(TEMPLATE, wanted)
    for language in LANGUAGES:
        path = catalog_path(language)
        catalog = read(path, language) if path.exists() else Catalog(locale=language, project="Throughline")
        catalog.update(wanted, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        _write(path, catalog)
        missing = sum(not _is_translated(m.string) for m in catalog if m.id)
        sys.stdout.write(f"==> {path.relative_to(ROOT)}: {missing} texts wait for a translation\n")


def _write(path: Path, catalog: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=0, omit_header=path == TEMPLATE, sort_output=True, include_lineno=False)


def _is_translated(string: object) -> bool:
    return all(string) if isinstance(string, list | tuple) else bool(string)


def _forms(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)]


def problems() -> Iterator[str]:
    """One line for each text that is missing, left over, untranslated, fuzzy, or whose placeholders differ."""
    wanted = {(m.context, _forms(m.id)[0]): m for m in extracted() if m.id}
    for language in LANGUAGES:
        path = catalog_path(language)
        if not path.exists():
            yield f"{path.relative_to(ROOT)} does not exist; run `make strings`"
            continue
        present = {(m.context, _forms(m.id)[0]): m for m in read(path, language) if m.id}
        for key in sorted(wanted.keys() - present.keys(), key=str):
            yield f"{language}: not in the catalog (run `make strings`): {key[1]!r}"
        for key in sorted(present.keys() - wanted.keys(), key=str):
            yield f"{language}: no longer used (run `make strings`): {key[1]!r}"
        for key in sorted(wanted.keys() & present.keys(), key=str):
            entry = present[key]
            if entry.fuzzy or not _is_translated(entry.string):
                yield f"{language}: not translated: {key[1]!r}"
                continue
            names = {match.group(0) for form in _forms(entry.id) for match in PLACEHOLDER.finditer(form)}
            for form in _forms(entry.string):
                used = {match.group(0) for match in PLACEHOLDER.finditer(form)}
                # A plural form may leave the number out, never name something that is not given.
                if used - names or (isinstance(entry.string, str) and names - used):
                    yield f"{language}: placeholders differ: {sorted(names)} in {key[1]!r}, {sorted(used)} in {form!r}"


def check() -> None:
    found = list(problems())
    for line in found[:200]:
        sys.stdout.write(line + "\n")
    if found:
        sys.exit(f"{len(found)} problems in the translation catalogs")


if __name__ == "__main__":
    {"compile": compile_, "update": update, "check": check}[sys.argv[1]]()
