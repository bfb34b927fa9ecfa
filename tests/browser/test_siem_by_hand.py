"""A receiver of the log made, tried out and switched off in a real browser."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from compliance.audit.forward import sending
from compliance.models import SiemTarget
from recordings.models import Alert
from tests.browser.conftest import OpenPage
from tests.cast import Cast
from tests.factories.compliance import SiemTargetFactory
from tests.factories.recordings import AlertFactory
from tests.receiver import Receiver

Axe = Callable[[Page], list[str]]


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
@pytest.mark.usefixtures("transactional_db", "clean_cache")
def test_from_making_to_switching_off(
    cast: Cast,
    open_page: OpenPage,
    axe: Axe,
    receiver: Receiver,
    width: int,
    scheme: str,
) -> None:
    def is_clean() -> None:
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    page = open_page("/siem/", person=cast.officer, width=width, scheme=scheme)
    is_clean()
    page.get_by_role("link", name="Add a receiver").click()
    is_clean()
    page.get_by_role("textbox", name="Name").fill("Blue team")
    page.get_by_label("Kind").select_option("ocsf")
    page.get_by_label("Address").fill(receiver.url)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Blue team")).to_be_focused()
    is_clean()

    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("button", name="Send a test to Blue team").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("A test is on its way to Blue team")).to_be_visible()
    is_clean()
    (target_id,) = SiemTarget.objects.values_list("pk", flat=True)
    sending.send(target_id=target_id, now=timezone.now())
    expect(page.get_by_text("arrived")).to_be_visible()  # without loading it again
    assert b"siem.tested" in receiver.got[0][2]

    page.get_by_role("link", name="Change Blue team").click()
    is_clean()
    page.get_by_label("Active").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("switched off")).to_be_visible()
    is_clean()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
@pytest.mark.usefixtures("transactional_db", "clean_cache")
def test_receivers_in_every_state_and_what_control_wants_written(
    cast: Cast, open_page: OpenPage, axe: Axe, width: int, scheme: str
) -> None:
    def is_clean(page: Page) -> None:
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    now = timezone.now()
    an_hour_ago = now - timedelta(hours=1)
    alert = AlertFactory.create(
        kind=Alert.Kind.UNFORWARDED,
        subject=str(UUID(int=7)),
        detail="timeout",
        opened_at=an_hour_ago,
        over_at=now,
    )
    SiemTargetFactory.create(name="Splunk", kind="splunk", sent_at=now, sent_count=812)
    SiemTargetFactory.create(
        name="Archive",
        kind="syslog",
        url="tls://syslog.example.com:6514",
        last_error="tls",
        failing_since=an_hour_ago,
        tested_at=now,
        test_answer="timeout",
    )
    SiemTargetFactory.create(
        name="Old", is_active=False, tested_at=now, test_answer="ok"
    )
    page = open_page("/siem/", person=cast.officer, width=width, scheme=scheme)
    is_clean(page)
    page = open_page(
        f"/alerts/{alert.id}/", person=cast.officer, width=width, scheme=scheme
    )
    is_clean(page)
    page.get_by_label("Cause").fill("A certificate had ended.")
    page.get_by_label("Risk").fill("Nobody watched for an hour; read since.")
    page.get_by_label("How it was settled").fill("A new certificate.")
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("A certificate had ended.")).to_be_visible()
    is_clean(page)
