"""How much lies where, as tables and pictures."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.templatetags.bars import Column, Segment
from recordings import space
from recordings.space import Heap, Share

MONTHS = 24
FORMS: dict[str, Promise] = {
    space.RECORDING: _("recordings"),
    space.RENDITION: _("made of recordings (other kinds of files)"),
    space.WAVEFORM: _("waveforms, in the database"),
}
USUAL = _("the usual one, or not told")


@dataclass(frozen=True)
class Table:
    """The heaps put together by one name."""

    anchor: str
    title: Promise
    head: Promise
    lines: list[tuple[str, Share]]

    @property
    def whole(self) -> int:
        """The bytes of all lines."""
        return sum(share.bytes for _name, share in self.lines)


@require_safe
@never_cache
@guarded(Verb.TAKE_INVENTORY)
def storage(request: HttpRequest) -> HttpResponse:
    """Number and bytes by store, storage class, team, form and month."""
    heaps = space.heaps(person_of(request))
    stored = [one for one in heaps if one.form != space.WAVEFORM]
    months = _months(heaps)
    context = {
        "number": sum(one.number for one in stored),
        "bytes": sum(one.bytes for one in stored),
        "tables": [
            _table("stores", _("By store"), _("Store"), "store", stored),
            _table("classes", _("By class"), _("Class"), "storage_class", stored),
            _table("teams", _("By team"), _("Team"), "team", stored),
            _table("forms", _("By form"), _("Form"), "form", heaps),
        ],
        "months": months,
        "columns": [_column(month, shares) for month, shares in months],
    }
    return render(request, "recordings/storage.html", context)


def _table(
    anchor: str, title: Promise, head: Promise, name: str, heaps: Iterable[Heap]
) -> Table:
    lines = [(_word(name, one.name), one) for one in space.by(name, heaps)]
    return Table(anchor, title, head, lines)


def _word(name: str, value: str) -> str:
    if name == "form":
        return str(FORMS[value])
    return value or str(USUAL)


def _months(heaps: list[Heap]) -> list[tuple[Heap, list[Share]]]:
    """The newest months in which calls began, oldest first, each by form."""
    newest = sorted({one.month for one in heaps})[-MONTHS:]
    found = []
    for month in newest:
        of_month = [one for one in heaps if one.month == month]
        found.append((of_month[0], space.by("form", of_month)))
    return found


def _column(of: Heap, shares: list[Share]) -> Column:
    sizes = {share.name: share.bytes for share in shares}
    whole = str(filesizeformat(sum(sizes.values())))
    title = f"{date_format(of.month, 'YEAR_MONTH_FORMAT')}: {whole}"
    segments = [
        Segment(sizes.get(space.RECORDING, 0), "plain"),
        Segment(sizes.get(space.RENDITION, 0), "live"),
    ]
    return Column(date_format(of.month, "m/y"), title, segments)
