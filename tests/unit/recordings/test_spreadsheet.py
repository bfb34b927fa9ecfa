"""Calls as lines of a CSV file: what is in them, what never is, and how many at once."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from compliance import cells
from compliance.models import PhoneNumber
from recordings import queries, spreadsheet
from recordings.models import Call, Party, Recording
from tests.cast import Cast
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory

NEWEST_FIRST = queries.ORDERS["-started"]


def lines() -> list[dict[str, str]]:
    """Every call as a line, by the names of the columns."""
    head = spreadsheet.header()
    pages = spreadsheet.pages(Call.objects.all(), order=NEWEST_FIRST)
    rows = [spreadsheet.line(call) for page in pages for call in page]
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.mark.parametrize("cell", ["=1+1", "+49 1", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_what_a_spreadsheet_might_run_is_quoted(cell: str) -> None:
    assert cells.safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Claims", "3-4", "a=b"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert cells.safe(cell) == cell


def test_a_line_tells_what_the_list_tells(cast: Cast) -> None:
    call = CallFactory.create(
        team=cast.claims, expires_at=datetime(2027, 5, 1, 9, tzinfo=UTC)
    )
    RecordingFactory.create(call=call)
    number = PhoneNumber.from_raw("+4930123454711")
    PartyFactory.create(call=call, number=number, name="Erika Mustermann")
    PartyFactory.create(call=call, number=None, role=Party.Role.AGENT, name="Mia")
    call.labels.create(key="ticket", value="=T-1")
    call.labels.create(key="queue", value="claims")
    assert lines() == [
        {
            "Call": str(call.id),
            "When (UTC)": "2026-11-02 14:32:07",
            "Team": "Claims",
            "Direction": "inbound",
            "Caller": "'+49 ••• ••• 4711",
            "Country": "DE",
            "Agent": "AI agent",
            "Length (s)": "192",
            "Recording": "recorded",
            "Consent": "given",
            "Goes (UTC)": "2027-05-01 09:00:00",
            "Kept on a legal ground": "",
            "Labels": "queue=claims; ticket==T-1",
        }
    ]


def test_a_live_call_of_nobody_known_in_quarantine(cast: Cast) -> None:
    call = CallFactory.create(team=cast.claims, ended_at=None, duration_ms=0)
    RecordingFactory.create(call=call, state=Recording.State.QUARANTINED)
    (line,) = lines()
    assert line["Caller"] == "withheld"
    assert line["Length (s)"] == ""
    assert line["Goes (UTC)"] == ""
    assert line["Recording"] == "quarantined"


def test_a_team_cannot_be_named_as_a_formula(cast: Cast) -> None:
    cast.claims.name = "=HYPERLINK(1)"
    cast.claims.save()
    CallFactory.create(team=cast.claims)
    assert lines()[0]["Team"] == "'=HYPERLINK(1)"


def test_pages_neither_repeat_nor_drop_a_call(
    cast: Cast,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    monkeypatch.setattr(spreadsheet, "PAGE", 3)
    start = datetime(2026, 11, 2, 9, tzinfo=UTC)
    for n in range(7):
        call = CallFactory.create(
            team=cast.claims, started_at=start + timedelta(minutes=n // 2)
        )
        PartyFactory.create(call=call)
    calls, parties, recordings, labels = 1, 1, 1, 1
    with django_assert_num_queries(3 * (calls + parties + recordings + labels)):
        found = [line["Call"] for line in lines()]
    wanted = Call.objects.order_by("-started_at", "-id").values_list("id", flat=True)
    assert found == [str(key) for key in wanted]


def test_no_call_is_one_empty_page(db: None) -> None:
    assert lines() == []
