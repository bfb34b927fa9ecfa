"""Is the log whole, and a pack of it for others: by key, and clean in every width."""

from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.db import connection, transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from compliance import tasks
from compliance.audit import checks
from compliance.models import AuditPack
from tests import evidence
from tests.browsing import Axe
from tests.cast import Cast
from tests.tampering import WAYS

OpenPage = Callable[..., Page]


@pytest.fixture
def checked(cast: Cast) -> None:
    """A log that was checked twice: whole, and then changed."""
    evidence.fill(30)
    evidence.seal_all()
    tasks.check_audit()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        WAYS["another act"].act(cursor)
    checks.run(now=timezone.now())


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
@pytest.mark.usefixtures("checked")
def test_the_page_is_clean(
    cast: Cast, open_page: OpenPage, axe: Axe, width: int, scheme: str
) -> None:
    page = open_page("/audit/checks/", person=cast.auditor, width=width, scheme=scheme)
    expect(page.get_by_role("region", name="The last check")).to_contain_text("finding")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.usefixtures("checked")
def test_a_pack_is_asked_for_by_key_and_appears_by_itself(
    cast: Cast, open_page: OpenPage
) -> None:
    page = open_page("/audit/", person=cast.auditor)
    page.get_by_role("link", name="Checks").press("Enter")
    page.get_by_role("button", name="Make a pack").press("Enter")
    expect(page.locator("#packs")).to_contain_text("waiting")
    page.evaluate("() => { window.kept = true; }")
    tasks.make_audit_pack(str(AuditPack.objects.get().id))
    link = page.get_by_role("link", name="Download")
    expect(link).to_be_visible()
    assert page.evaluate("() => window.kept"), "no load was needed"
    with page.expect_download() as download:
        link.press("Enter")
    assert "check_audit.py" in ZipFile(Path(download.value.path())).namelist()
