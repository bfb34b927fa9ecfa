"""Dates read as each language writes them, and no page spells out a format of its own."""

import re
from datetime import date
from types import ModuleType

import pytest
from django.utils.formats import date_format
from django.utils.translation import override

from portal.formats.de import formats as german
from portal.formats.en import formats as english
from tests.architecture.tree import ROOT

DAY = date(2026, 11, 2)
SPELLED = re.compile(r"""(?:\|date:|date_format\([^"']*)["'](?!Y-m-d|H:i)[^"']*[ .,]""")
"""A format with more than one part, but for what machines read and for times alone."""
TOLD = {
    "DATE_FORMAT": ("2 November 2026", "2. November 2026"),
    "SHORT_DATE_FORMAT": ("2 Nov 2026", "2. Nov 2026"),
    "FULL_DATE_FORMAT": ("Monday 2 November 2026", "Montag, 2. November 2026"),
    "SHORT_MONTH_DAY_FORMAT": ("2 Nov", "2. Nov"),
    "WEEKDAY_FORMAT": ("Mon 2", "Mo 2."),
    "WEEKDAY_MONTH_FORMAT": ("Mon 2 Nov", "Mo, 2. Nov"),
}


@pytest.mark.parametrize("form", sorted(TOLD))
def test_a_date_in_each_language(form: str) -> None:
    told = []
    for language in ("en", "de"):
        with override(language):
            told.append(date_format(DAY, form))

    assert tuple(told) == TOLD[form]


def test_each_language_has_every_format() -> None:
    def names(module: ModuleType) -> set[str]:
        return {name for name in dir(module) if name.endswith("_FORMAT")}

    assert names(english) == names(german)


def test_no_page_spells_out_a_format_of_its_own() -> None:
    """It would be in English order on German pages: name one of portal/formats."""
    folders = ("compliance", "recordings", "portal", "templates")
    kinds = ("*.py", "*.html")
    files = [f for one in folders for kind in kinds for f in (ROOT / one).rglob(kind)]
    spelled = [str(path) for path in files if SPELLED.search(path.read_text())]

    assert len(files) > 300
    assert spelled == []
