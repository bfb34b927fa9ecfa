"""The faces of a PDF: those of our pages, embedded, so that it prints alike anywhere.

Inter comes in one file a script. A text is cut into runs, each in the first face that
has its letters. What none has (Arabic, Hebrew, Chinese, Devanagari ...) is spelled in
Latin letters between square brackets, and what cannot be spelled is printed as its code:
never an empty box. Faces for these scripts would not be enough: Arabic and Devanagari
need a shaping engine, without which a name comes out wrong in its own script.
"""

import io
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from anyascii import anyascii
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from fontTools.ttLib import TTFont as FontFile
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN = "inter-latin"
FACES = (
    PLAIN,
    *("inter-latin-ext", "inter-cyrillic", "inter-cyrillic-ext"),
    *("inter-greek", "inter-greek-ext", "inter-vietnamese"),
)
"""In the order they are asked for a letter."""
_PATH = "npm/@fontsource-variable/inter/files/{name}-wght-normal.woff2"
_UNUSED = ("fvar", "gvar", "avar", "HVAR", "MVAR", "STAT", "GSUB", "GPOS", "GDEF")
"""What a PDF cannot use of a variable face: it is drawn in its regular weight."""
_POSTSCRIPT_NAME = 6
_FOREIGN = re.compile(r"x+(?: +x+)*")
"""In a text with an x for each letter that no face has: words with what parts them."""


def is_plain(text: str) -> bool:
    """Whether the first face has every letter: no run needs another one."""
    return _letters(PLAIN).issuperset(map(ord, text))


def is_printed_as_it_is(text: str) -> bool:
    """Whether each letter has a face: nothing is spelled in other letters."""
    return is_plain(text) or all(map(_face_of, text))


def marked_up(text: str) -> str:
    """The text for a ReportLab paragraph: escaped, each run in a face that has it."""
    return "".join(
        f'<font name="{face}">{escape(run)}</font>' for face, run in _runs(text)
    )


def _runs(text: str) -> Iterator[tuple[str, str]]:
    for face, run in groupby(_spelled(text), key=lambda c: _face_of(c) or PLAIN):
        yield face, "".join(run)


def _spelled(text: str) -> str:
    """The text with each run of words that no face has in Latin letters."""
    marks = "".join(
        (" " if letter.isspace() else "-") if _face_of(letter) else "x"
        for letter in text
    )
    parts, done = [], 0
    for run in _FOREIGN.finditer(marks):
        parts += [text[done : run.start()], _in_latin(text[run.start() : run.end()])]
        done = run.end()
    return "".join([*parts, text[done:]])


def _in_latin(words: str) -> str:
    told = "".join(map(_letter_in_latin, words)) or "".join(map(_code, words))
    return f"[{' '.join(told.split())}]"


def _letter_in_latin(letter: str) -> str:
    """Its sound; nothing for a letter without one of its own, such as an alef."""
    is_silent = unicodedata.category(letter)[0] in "LM"
    return anyascii(letter) or ("" if is_silent else _code(letter))


def _code(letter: str) -> str:
    return f" U+{ord(letter):04X} "


@cache
def _face_of(letter: str) -> str:
    return next((face for face in FACES if ord(letter) in _letters(face)), "")


@cache
def _letters(face: str) -> frozenset[int]:
    """The letters a face has. Asked for the first time, it is made known."""
    font = TTFont(face, _unpacked(face))
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)


def _unpacked(face: str) -> io.BytesIO:
    """The face as PDF readers know it: not compressed, one weight."""
    font = FontFile(_stored(_PATH.format(name=face)))
    font.flavor = None
    for table in _UNUSED:
        if table in font:
            del font[table]
    # ReportLab tells embedded files apart by this name, and all of these have the same
    for record in font["name"].names:
        if record.nameID == _POSTSCRIPT_NAME:
            record.string = face
    unpacked = io.BytesIO()
    font.save(unpacked)
    unpacked.seek(0)
    return unpacked


def _stored(name: str) -> io.BytesIO:
    """A static file: from where it was installed, else from where it was collected."""
    found = finders.find(name)
    if found:
        return io.BytesIO(Path(found).read_bytes())
    with staticfiles_storage.open(name) as file:
        return io.BytesIO(file.read())
