"""The catalogues of translations: whole, well-formed, and in use once compiled."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Message
from babel.messages.pofile import read_po
from django.core.management import call_command
from django.test import Client, override_settings

from portal import catalogues
from tests.architecture.tree import ROOT

TEXTS = catalogues.texts(ROOT / "locale")
HOLES = re.compile(r"%\(\w+\)[sd]|%[sd]")

PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Sign in"
msgstr "Hereinspaziert"

#, fuzzy
msgid "Password"
msgstr "Kennwort?"
"""


def messages(text: Path) -> list[Message]:
    """Every message of a catalogue but its head."""
    with text.open("rb") as source:
        return [one for one in read_po(source, domain="django") if one.id]


def forms(words: object) -> list[str]:
    """One form, or the singular and the plurals."""
    return [words] if isinstance(words, str) else [str(form) for form in words]  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.parts[-3])
def test_every_message_is_translated(text: Path) -> None:
    found = messages(text)
    assert len(found) > 500
    assert [one.id for one in found if one.fuzzy] == []
    assert [one.id for one in found if not all(forms(one.string))] == []


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.parts[-3])
def test_every_translation_fills_the_same_holes(text: Path) -> None:
    wrong = [
        one.id
        for one in messages(text)
        for translated in forms(one.string)
        if set(HOLES.findall(translated)) != set(HOLES.findall(forms(one.id)[-1]))
    ]
    assert wrong == []


@pytest.fixture
def german(tmp_path: Path) -> Iterator[Path]:
    """A catalogue of two words, in use."""
    text = tmp_path / "de" / "LC_MESSAGES" / "django.po"
    text.parent.mkdir(parents=True)
    text.write_text(PO)
    with override_settings(LOCALE_PATHS=[tmp_path]):
        yield text


def test_what_is_compiled_is_shown_to_who_asks_for_it(
    german: Path, client: Client, db: None
) -> None:
    call_command("compile_catalogues")
    with override_settings(LOCALE_PATHS=[german.parents[2]]):  # read anew
        page = client.get("/login", headers={"Accept-Language": "de"})
        assert "Hereinspaziert" in page.content.decode()
        assert "Kennwort?" not in page.content.decode(), "fuzzy is not shown"
        english = client.get("/login", headers={"Accept-Language": "en"})
        assert "Hereinspaziert" not in english.content.decode()


def test_only_what_changed_is_compiled(german: Path) -> None:
    root = german.parents[2]
    assert catalogues.compile_stale(root) == [german]
    assert catalogues.compile_stale(root) == []
    os.utime(german, (2e9, 2e9))
    assert list(catalogues.stale(root)) == [german]
