"""A report on A4: a title, some sentences, facts in pairs, one table, page numbers."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from django.utils.translation import gettext as _
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    Flowable,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)

from compliance.paper.faces import (
    PLAIN,
    is_plain,
    is_printed_as_it_is,
    marked_up,
)

INK, FAINT, LINE = HexColor("#17212b"), HexColor("#5a6773"), HexColor("#dce2e8")
MARGIN, PADDING = 18 * mm, 6
"""PADDING: what ReportLab leaves inside its frames."""
WIDTH = A4[0] - 2 * (MARGIN + PADDING)
LONGEST_PLAIN = 24
"""A longer text may have to be broken, which takes a paragraph."""
_BODY = ParagraphStyle(
    "body", fontName=PLAIN, fontSize=9, leading=13, textColor=INK, spaceAfter=5
)
_TITLE = ParagraphStyle("title", parent=_BODY, fontSize=16, leading=21, spaceAfter=8)
_SMALL = ParagraphStyle("small", parent=_BODY, textColor=FAINT, fontSize=8, leading=11)
_CELL = ParagraphStyle("cell", parent=_BODY, fontSize=8, leading=11, spaceAfter=0)
_TABLE = TableStyle(
    [
        ("FONT", (0, 0), (-1, -1), PLAIN, 8, 11),
        ("TEXTCOLOR", (0, 0), (-1, -1), INK),
        ("TEXTCOLOR", (0, 0), (-1, 0), FAINT),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 3),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
)


@dataclass(frozen=True)
class Sheet:
    """What is to be printed; all of it in words already."""

    title: str
    foot: str
    language: str = "en"
    sentences: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    header: Sequence[str] = ()
    widths: Sequence[float] = ()
    """Of the columns, in shares of the whole."""
    rows: Sequence[Sequence[str]] = field(default_factory=tuple)
    notes: Sequence[str] = ()


def pdf(sheet: Sheet) -> bytes:
    """The sheet as a PDF file, with its faces embedded."""
    is_plain("")  # makes the plain face known
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        title=sheet.title,
        author="Earwitness",
        lang=sheet.language,
        **dict.fromkeys(("leftMargin", "rightMargin", "topMargin"), MARGIN),
        bottomMargin=MARGIN + 6 * mm,
    )

    def foot(canvas: Canvas, _document: object) -> None:
        _foot(canvas, sheet.foot)

    document.build(_story(sheet), onFirstPage=foot, onLaterPages=foot)
    return file.getvalue()


def _story(sheet: Sheet) -> list[Flowable]:
    story: list[Flowable] = [Paragraph(marked_up(sheet.title), _TITLE)]
    story += [Paragraph(marked_up(text), _BODY) for text in sheet.sentences]
    if sheet.facts:
        pairs = [[_cell(name), _cell(value)] for name, value in sheet.facts]
        story += [_table(pairs, (0.25, 0.75), repeat=0), Spacer(1, 4 * mm)]
    if sheet.rows:
        cells = [[_cell(text) for text in row] for row in (sheet.header, *sheet.rows)]
        story += [_table(cells, sheet.widths, repeat=1), Spacer(1, 4 * mm)]
    return story + [Paragraph(marked_up(text), _SMALL) for text in _notes(sheet)]


def _notes(sheet: Sheet) -> list[str]:
    """Its notes, and what square brackets mean where there are any of ours."""
    texts = chain(
        (sheet.title, *sheet.sentences), *sheet.facts, sheet.header, *sheet.rows
    )
    if all(map(is_printed_as_it_is, texts)):
        return list(sheet.notes)
    spelled = _(
        "In square brackets: words in another script, spelled in Latin letters. The"
        " portal shows them as they are written."
    )
    return [*sheet.notes, spelled]


def _table(
    cells: "list[list[str | Paragraph]]", shares: Sequence[float], *, repeat: int
) -> LongTable:
    table = LongTable(
        cells,
        colWidths=[share * WIDTH for share in shares],
        repeatRows=repeat,
        hAlign="LEFT",
    )
    table.setStyle(_TABLE)
    return table


def _cell(text: str) -> "str | Paragraph":
    """Short plain text as it is, which is ten times as quick; else a paragraph."""
    if len(text) <= LONGEST_PLAIN and is_plain(text):
        return text
    return Paragraph(marked_up(text), _CELL)


def _foot(canvas: Canvas, text: str) -> None:
    page = _("Page %(n)s") % {"n": canvas.getPageNumber()}
    foot = Paragraph(marked_up(f"{text} · {page}"), _SMALL)
    _width, height = foot.wrap(WIDTH, MARGIN)
    foot.drawOn(canvas, MARGIN + PADDING, MARGIN - height / 2)
