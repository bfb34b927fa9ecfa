"""Every kind of alert has its heading in the runbook, and pages lead to it."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.text import capfirst

from compliance.models import Person
from recordings.models import Alert
from recordings.web import matters
from tests.architecture.tree import ROOT
from tests.cast import Cast
from tests.factories.recordings import AlertFactory

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
PARTS = ("**Means.**", "**Look at.**", "**Do.**")


@pytest.mark.parametrize("kind", list(Alert.Kind))
def test_every_kind_has_its_heading(kind: Alert.Kind) -> None:
    heading = f"\n## {capfirst(str(kind.label))}\n"

    assert heading in RUNBOOK, f"docs/runbook.md wants:{heading}"
    chapter = RUNBOOK.split(heading)[1].split("\n## ")[0]
    assert [part for part in PARTS if part not in chapter] == []


def test_no_heading_is_left_of_a_kind_that_is_gone() -> None:
    known = {f"## {capfirst(str(kind.label))}" for kind in Alert.Kind}

    assert {line for line in RUNBOOK.splitlines() if line[:3] == "## "} <= known


def test_alerts_lead_to_their_heading(
    cast: Cast, sign_in: Callable[[Person], Client]
) -> None:
    browser = sign_in(cast.officer)
    runbook = browser.get("/runbook/").content.decode()

    for kind in Alert.Kind:
        alert = AlertFactory.create(kind=kind)
        anchor = matters.anchor(kind)
        assert f'<h2 id="{anchor}">' in runbook
        for page in ("/alerts/", f"/alerts/{alert.id}/"):
            assert f'href="/runbook/#{anchor}"' in browser.get(page).content.decode()
