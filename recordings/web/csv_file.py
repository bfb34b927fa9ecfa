"""Lists that leave as CSV: streamed line by line, for spreadsheets to open."""

import csv
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse

from compliance.cells import safe


def answer(
    name: str, header: Iterable[str], rows: Iterable[Iterable[object]]
) -> StreamingHttpResponse:
    """A file of that name; rows are asked for one by one."""
    response = StreamingHttpResponse(
        _lines(header, rows), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store, private"
    return response


class _Echo:
    """What csv writes to: hands each line on instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _lines(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    out = csv.writer(_Echo())
    # with the mark by which spreadsheets know UTF-8
    yield "\ufeff" + out.writerow(map(safe, header))
    for row in rows:
        yield out.writerow(safe(str(cell)) for cell in row)
