"""Reports as PDF: every letter of a name is printed in a face that has it."""

import re

import pytest

from compliance.paper import faces
from compliance.paper.sheet import Sheet, pdf


@pytest.mark.parametrize(
    ("name", "face"),
    [
        ("Olga Müller", "inter-latin"),
        ("Łucja", "inter-latin-ext"),
        ("Ольга", "inter-cyrillic"),
        ("Όλγα", "inter-greek"),
        ("Nguyễn", "inter-vietnamese"),
    ],
)
def test_each_letter_has_a_face(name: str, face: str) -> None:
    marked = faces.marked_up(name)

    assert f'<font name="{face}">' in marked
    assert "".join(re.split(r"<[^>]+>", marked)) == name


def test_a_letter_that_no_face_has_is_printed_as_its_code() -> None:
    assert "[U+5F20]" in faces.marked_up("张")


def test_what_looks_like_markup_is_text() -> None:
    assert "&lt;b&gt;" in faces.marked_up("<b>")


def test_a_sheet_is_a_pdf_with_its_faces_inside() -> None:
    rows = [[f"2026-11-02 15:{n:02}", "Ольга <b>", "quality"] for n in range(60)]
    sheet = Sheet(
        title="Who listened",
        foot="Earwitness",
        sentences=["One sentence."],
        facts=[("About", "number ending in 4711")],
        header=["When", "Who", "For"],
        widths=[0.3, 0.4, 0.3],
        rows=rows,
    )

    file = pdf(sheet)

    assert file.startswith(b"%PDF-")
    assert file.count(b"/FontFile2") >= 2
    assert len(re.findall(rb"/Type\s*/Page\b", file)) == 2
