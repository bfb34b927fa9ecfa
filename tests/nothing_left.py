"""Whether anything is left of a person: in any table, or in files and texts.

`left(Facts(numbers=("+4915112344711",), names=("Erika Muster",)))` reads every row of
every table: sealed columns are opened, columns of keyed hashes compared with the hashes
under every key, and every other text, list and JSON searched. It returns where something
is left, as `table.column (key)`, and never what.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import phonenumbers
from django.apps import apps
from django.db import connection
from django.db.models import Field, FileField

from compliance.keys import RINGS, CannotDecrypt, keyring
from compliance.models.fields import EncryptedTextField
from compliance.models.phone_number import LAST_FOUR, name_form
from compliance.models.staff_identity import staff_marks

_BETWEEN = r"[ ()./-]*"
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_TOKEN = re.compile(r"gAAAA[\w-]+={0,2}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Facts:
    """What is known of the person. numbers: E.164. texts: room names, ids, words."""

    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def pattern(self) -> re.Pattern[str]:
        """Any of it, however it is spelt: a number with or without its country."""
        parts = [_BETWEEN.join(_national(one)) for one in self.numbers]
        parts += [r"[\W_]+".join(map(re.escape, one.split())) for one in self.names]
        parts += [re.escape(one) for one in self.texts]
        return re.compile("|".join(parts), re.IGNORECASE)

    def digests(self) -> set[str]:
        """Every keyed hash of it, under every key."""
        lookup, ending = keyring("number_lookup"), keyring("last_four_lookup")
        found: set[str] = set()
        for number in self.numbers:
            found.update(lookup.digests(number), ending.digests(number[-LAST_FOUR:]))
        for text in (*self.names, *self.texts):
            found.update(lookup.digests(text), lookup.digests(name_form(text)))
            found.update(staff_marks(text))
        return found


def left(
    facts: Facts,
    *,
    folders: Iterable[Path] = (),
    texts: Mapping[str, str | bytes] | None = None,
) -> list[str]:
    """Where something is left: in the database, in files below these folders, and in
    these texts (a dump, a log), by the names they are given."""
    found = list(_in_tables(facts))
    told: dict[str, str | bytes] = dict(texts or {})
    for folder in folders:
        files = (file for file in sorted(folder.rglob("*")) if file.is_file())
        told |= {
            str(file): f"{file.name}\n".encode() + file.read_bytes() for file in files
        }
    found += [name for name, text in told.items() if _is_in(facts, text)]
    return sorted(found)


def _is_in(facts: Facts, text: str | bytes) -> bool:
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    told = [plain, *(_opened(token) for token in _TOKEN.findall(plain))]
    pattern, digests = facts.pattern(), facts.digests()
    return any(_spoken(pattern, digests, one) for one in told)


def _in_tables(facts: Facts) -> Iterator[str]:
    pattern, digests = facts.pattern(), facts.digests()
    for model in apps.get_models(include_auto_created=True):
        if model._meta.proxy or not model._meta.managed:
            continue
        fields = [field for field in model._meta.concrete_fields if _can_tell(field)]
        if not fields:
            continue
        names = [field.name for field in fields]
        rows = model._base_manager.values_list("pk", *names)
        for key, *cells in rows.iterator(chunk_size=500):
            for field, cell in zip(fields, cells, strict=True):
                if any(_spoken(pattern, digests, one) for one in _told(cell)):
                    yield f"{model._meta.db_table}.{field.column} ({key})"


def _can_tell(field: "Field[Any, Any]") -> bool:
    """Whether a column can hold words: the database knows better than the class."""
    kind = str(field.db_type(connection))
    words = ("char", "text", "json", "bytea", "[]", "inet")
    return isinstance(field, (EncryptedTextField, FileField)) or any(
        word in kind for word in words
    )


def _told(cell: Any) -> Iterator[str]:
    """Every string in a cell; Django has opened what its fields had sealed."""
    if isinstance(cell, dict):
        for key, value in cell.items():
            yield str(key)
            yield from _told(value)
    elif isinstance(cell, (list, tuple)):
        for value in cell:
            yield from _told(value)
    elif isinstance(cell, (bytes, memoryview)):
        yield bytes(cell).decode("utf-8", "replace")
    elif cell is not None:
        yield _opened(str(cell))


def _opened(text: str) -> str:
    """What a token of any key ring says; another text as it is."""
    if not _TOKEN.fullmatch(text):
        return text
    for name in RINGS:
        try:
            return keyring(name).decrypt(text)
        except CannotDecrypt:
            continue
    return text


def _spoken(pattern: re.Pattern[str], digests: set[str], text: str) -> bool:
    """Whether a text holds it: as it stands, as JSON, or as part of an address."""
    as_json = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    said = any(pattern.search(one) for one in (text, as_json, unquote_plus(text)))
    return said or not digests.isdisjoint(_HASH.findall(text))


def _national(e164: str) -> str:
    try:
        return str(phonenumbers.parse(e164).national_number)
    except phonenumbers.NumberParseException:
        return "".join(map(re.escape, e164))
