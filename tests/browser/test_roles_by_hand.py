"""The pages of roles and reviews: clean for all, and done by keyboard alone."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from compliance.access import grants, groups, reviews
from compliance.access.roles import Role
from compliance.models import RoleGrant
from tests.browser.conftest import OpenPage
from tests.cast import Cast, assemble

Axe = Callable[[Page], list[str]]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, and a group with a role."""
    made = assemble()
    now = timezone.now()
    group = groups.make(name="Night shift", by=None)
    groups.join(group=group, person=made.stranger, by=None, now=now)
    grants.grant(
        group=group,
        role=Role.REVIEWER,
        team=made.claims,
        by=made.administrator,
        now=now,
    )
    return made


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
def test_pages_are_clean(
    cast: Cast, open_page: OpenPage, axe: Axe, width: int, scheme: str
) -> None:
    review = reviews.begin(by=cast.administrator, now=timezone.now())
    page = open_page("/", person=cast.administrator, width=width, scheme=scheme)
    for path in (
        "/access/roles/",
        f"/access/people/{cast.stranger.pk}/",
        "/access/reviews/",
        f"/access/reviews/{review.pk}/",
    ):
        page.goto(path, wait_until="networkidle")
        assert (path, axe(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_role_is_given_and_judged_by_keyboard(
    cast: Cast, open_page: OpenPage, axe: Axe
) -> None:
    page = open_page("/access/roles/", person=cast.administrator)
    page.locator("summary", has_text="Give a role").press("Enter")
    assert axe(page) == []
    page.get_by_label("Person or service").press("Tab")
    page.get_by_label("Person or service").select_option(label="Stan Stranger")
    page.get_by_label("Role", exact=True).select_option(label="team lead")
    page.get_by_label("For the calls of").select_option(label="Claims")
    page.get_by_role("button", name="Give the role").press("Enter")
    page.get_by_text("The role is given, from now on.").wait_for()
    assert RoleGrant.objects.filter(person=cast.stranger, role="team_lead").exists()

    page.goto("/access/reviews/")
    page.get_by_role("button", name="Begin a review").press("Enter")
    reason = page.get_by_label("Reason about team lead, Stan Stranger")
    reason.fill("Only for the day")
    reason.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("taken away: Only for the day").wait_for()
    given = RoleGrant.objects.get(person=cast.stranger, role="team_lead")
    assert given.valid_until is not None
