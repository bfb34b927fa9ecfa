"""The player with the static files of production: hashed names, in a real browser."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Route

from tests.browser.conftest import OpenPage
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of

HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+$")


def test_it_plays_from_the_files_that_production_publishes(
    open_page: OpenPage,
    transactional_db: None,
    cast: Cast,
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "portal.static_files.HashedFiles"},
    }
    call_command("collectstatic", "--noinput", verbosity=0)
    call = hearable_call(cast.claims, started_at=timezone.now() - timedelta(hours=1))
    part_of(call)
    served: list[str] = []

    def serve(route: Route) -> None:
        served.append(urlsplit(route.request.url).path.removeprefix("/static/"))
        route.fulfill(path=settings.STATIC_ROOT / served[-1])

    page = open_page("/healthz", person=cast.reviewer)
    page.route("**/static/**", serve)
    page.goto(f"/calls/{call.id}/", wait_until="networkidle")
    page.keyboard.press("Space")
    page.get_by_role("dialog").get_by_label("quality").check()
    page.get_by_role("dialog").get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0.5")
    page.get_by_role("button", name="Pause").click()
    page.wait_for_load_state("networkidle")
    assert [name for name in served if "/player/time." in name], "asked for by a module"
    assert [name for name in served if not HASHED.search(name)] == []
