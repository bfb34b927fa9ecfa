"""The running product, and people who sign in to it through its own door."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from compliance.models import Person
from tests.cast import PASSWORD, Cast
from tests.factories.recordings import TrunkFactory
from tests.journeys.product import Product, run
from tests.journeys.telephone import TRUNK

SignedIn = Callable[..., Page]


@pytest.fixture
def product(transactional_db: None, cast: Cast, tmp_path: Path) -> Iterator[Product]:
    """The product as processes; claims answers the trunk that calls come over."""
    TrunkFactory.create(livekit_id=TRUNK, team=cast.claims, name="Berlin-1")
    with run(tmp_path, cast) as product:
        yield product


@pytest.fixture
def signed_in(
    product: Product, open_context: Callable[..., BrowserContext]
) -> SignedIn:
    """`signed_in(cast.reviewer)`: a page of theirs, past the door."""

    def opened(person: Person, **options: Any) -> Page:
        page = open_context(base_url=product.url, **options).new_page()
        page.goto("/")
        page.get_by_label("E-mail").fill(person.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("navigation").first.wait_for()
        return page

    return opened
