"""Reports as PDF: every letter of a name is printed in a face that has it."""

import re

import pytest

from compliance.paper import faces, sheet
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


def printed(text: str) -> str:
    """What a reader of the paper sees."""
    return "".join(re.split(r"<[^>]+>", faces.marked_up(text)))


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("张伟", "[ZhangWei]"),
        ("田中 太郎 (Tokyo)", "[TianZhong TaiLang] (Tokyo)"),
        ("김민준", "[GimMinJun]"),
        ("راشد خان", "[rshd khn]"),
        ("\u0627", "[U+0627]"),
        ("דן", "[dn]"),
        ("राम", "[ram]"),
        ("Ольга 张", "Ольга [Zhang]"),
        ("A \ue000 B", "A [U+E000] B"),
        ("张\ue000", "[Zhang U+E000]"),
        ("[sic] 张", "[sic] [Zhang]"),
    ],
)
def test_a_name_in_another_script_is_spelled_in_latin_letters(
    name: str, spelled: str
) -> None:
    assert printed(name) == spelled
    for letter in spelled:
        assert faces._face_of(letter), "no empty box"


@pytest.mark.parametrize(("name", "more"), [("Ольга", 0), ("张伟", 1)])
def test_a_sheet_says_what_brackets_mean_where_there_are_any(
    name: str, more: int
) -> None:
    shown = Sheet(title="T", foot="F", facts=[("About", name)], notes=["One."])

    assert len(sheet._notes(shown)) == 1 + more
    assert pdf(shown).startswith(b"%PDF-")


def test_what_looks_like_markup_is_text() -> None:
    assert "&lt;b&gt;" in faces.marked_up("<b>")


def test_a_sheet_is_a_pdf_with_its_faces_inside() -> None:
    rows = [[f"2026-11-02 15:{n:02}", "Ольга <b>", "quality"] for n in range(60)]
    shown = Sheet(
        title="Who listened",
        foot="Earwitness",
        sentences=["One sentence."],
        facts=[("About", "number ending in 4711")],
        header=["When", "Who", "For"],
        widths=[0.3, 0.4, 0.3],
        rows=rows,
    )

    file = pdf(shown)

    assert file.startswith(b"%PDF-")
    assert file.count(b"/FontFile2") >= 2
    assert len(re.findall(rb"/Type\s*/Page\b", file)) == 2
