"""What takes two: asked for by one, approved by the other, each by keyboard alone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from compliance.access.roles import Role
from compliance.models import Approval, Person, RoleGrant
from tests.browser.conftest import OpenPage
from tests.cast import Cast, assemble
from tests.factories.second_person import asked, second

Axe = Callable[[Page], list[str]]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Everybody."""
    return assemble()


@pytest.fixture
def other(cast: Cast) -> Person:
    """The second administrator."""
    return second(Role.ADMINISTRATOR)


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_pages_are_clean(
    cast: Cast, other: Person, open_page: OpenPage, axe: Axe, width: int, scheme: str
) -> None:
    approval = asked(cast)
    page = open_page("/approvals/", person=other, width=width, scheme=scheme)
    for path in ("/approvals/", f"/approvals/{approval.pk}/"):
        page.goto(path, wait_until="networkidle")
        assert (path, axe(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto("/approvals/")
    page.locator("summary", has_text="Name a deputy").press("Enter")
    assert axe(page) == []


def test_approval_by_a_second_person(
    cast: Cast, other: Person, open_page: OpenPage
) -> None:
    page = open_page("/access/roles/", person=cast.administrator)
    page.locator("summary", has_text="Give a role").press("Enter")
    page.get_by_label("Person or service").select_option(label="Stan Stranger")
    page.get_by_label("Role", exact=True).select_option(label="compliance officer")
    page.get_by_label("For everything there is").check()
    page.get_by_role("button", name="Give the role").press("Enter")
    page.get_by_text("A second person must approve this.").wait_for()
    expect(page.get_by_role("button", name="Approve and carry out")).to_have_count(0)
    assert not RoleGrant.objects.filter(person=cast.stranger).exists()

    theirs = open_page("/", person=other)
    expect(theirs.locator("#rail .waits")).to_contain_text("1")
    theirs.locator("#rail").get_by_role("link", name="Approvals").press("Enter")
    theirs.get_by_role("link", name="Give a role").press("Enter")
    theirs.get_by_text(Approval.objects.get().sha256).wait_for()
    theirs.get_by_label("Remark").press("Tab")
    theirs.keyboard.press("Enter")
    theirs.get_by_text("It is approved and carried out.").wait_for()
    assert RoleGrant.objects.filter(person=cast.stranger, role="officer").exists()
    expect(theirs.locator("#rail .waits")).to_have_count(0)
