"""The lists that officers keep: by keyboard alone, readable for all, no wider than a phone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from compliance.consent import staff_notices, standing_consents
from compliance.models import PhoneNumber, Purpose, StandingConsent
from recordings import do_not_record
from recordings.models import DoNotRecord
from tests.browser.conftest import OpenPage
from tests.cast import Cast
from tests.factories.recordings import TrunkFactory

Axe = Callable[[Page], list[str]]
PAGES = ("/lists/", "/lists/consents/", "/lists/notices/")


@pytest.fixture
def kept(transactional_db: None, cast: Cast) -> None:
    """Something on each list, running and over."""
    now = timezone.now()
    trunk = TrunkFactory.create(team=cast.claims, name="Works council")
    said = {
        "team": None, "note": "Dr. Weber, retained since 2024 in the matter of the water"
        " damage; every call of hers is privileged.",
        "since": None, "until": None, "by": cast.officer, "now": now,
    }  # fmt: skip
    reason = DoNotRecord.Reason.PRIVILEGE
    entry = do_not_record.add(number="+493023125001", reason=reason, **said)  # type: ignore[arg-type]
    do_not_record.end(entry=entry, by=cast.officer, now=now)
    do_not_record.add(number="+493023125002", reason=reason, **said)  # type: ignore[arg-type]
    do_not_record.add(trunk=trunk, reason=DoNotRecord.Reason.STAFF, **said)  # type: ignore[arg-type]
    standing_consents.record(
        number=PhoneNumber.from_raw("+493023125003"),
        team=cast.claims,
        purposes=list(Purpose),
        granted_at=now - timedelta(days=30),
        expires_at=now + timedelta(days=300),
        source=StandingConsent.Source.FORM,
        script="recording-form v3",
        evidence="Form 2026/117, signed by hand on 3 May, filed under 4711.",
        by=cast.officer,
        now=now,
    )
    staff_notices.give(
        team=cast.claims,
        version="2026-1",
        text="Calls on the lines of Claims are recorded for evidence and quality. " * 4,
        given_on=now.date(),
        until=None,
        by=cast.officer,
        now=now,
    )


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(360, "dark"), (360, "light"), (1280, "light"), (1280, "dark")],
)
@pytest.mark.usefixtures("kept")
def test_filled_lists_with_open_forms_are_clean(
    cast: Cast, open_page: OpenPage, axe: Axe, width: int, scheme: str
) -> None:
    page = open_page("/", person=cast.officer, width=width, scheme=scheme)
    for path in PAGES:
        page.goto(path, wait_until="networkidle")
        assert (path, axe(page)) == (path, [])
        page.locator(".list-add > summary").click()
        assert (path, axe(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.usefixtures("transactional_db")
def test_a_number_is_listed_and_taken_off_by_keyboard_alone(
    cast: Cast, open_page: OpenPage
) -> None:
    page = open_page("/lists/", person=cast.officer)
    page.locator(".list-add > summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("+49 30 23125001")
    page.keyboard.press("Enter")
    page.get_by_text("It is on the list.").wait_for()
    assert DoNotRecord.objects.count() == 1
    assert "23125001" not in page.content()

    page.get_by_role("button", name="Take off").focus()
    page.keyboard.press("Enter")
    page.get_by_text("It is off the list.").wait_for()
    assert page.get_by_role("button", name="Take off").count() == 0
