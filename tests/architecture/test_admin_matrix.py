"""Every model of the admin site, by every role, on things of three teams.

The verbs stand on the classes of the admin site, so the rows are made from those.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.urls import reverse

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import AuditEntry, StandingConsent, Team
from recordings.models import Alert, Call, DoNotRecord, Listen, Party, Recording, Trunk
from tests.architecture.routes import VIEWS
from tests.architecture.stage import Stage, Viewer, client_of
from tests.architecture.things import THINGS
from tests.factories.recordings import TrunkFactory

MODELS = sorted(site._registry, key=lambda model: model._meta.label)
OF_A_TEAM: dict[type[models.Model], Callable[[Team], Any]] = {
    Team: lambda team: team,
    Call: THINGS["call"],
    Party: THINGS["party"],
    Alert: THINGS["alert"],
    AuditEntry: THINGS["entry"],
    DoNotRecord: THINGS["list entry"],
    StandingConsent: THINGS["standing consent"],
    Listen: THINGS["somebody's listen"],
    Recording: lambda team: THINGS["somebody's listen"](team).recording,
    Trunk: lambda team: TrunkFactory.create(team=team),
}
ENDINGS = ("", "add/", "autocomplete/", "<path:object_id>/")
OF_A_ROW = ("change/", "delete/", "history/")
OF_THE_SITE = {"", "login/", "logout/", "password_change/", "password_change/done/"}
OF_THE_SITE |= {"jsi18n/", "autocomplete/", "(?P<url>.*)$"}


def _admin(model: type[models.Model]) -> GuardedAdmin:
    found = site._registry[model]
    assert isinstance(found, GuardedAdmin), f"{model} wants a GuardedAdmin."
    return found


def _url(model: type[models.Model], page: str, *args: object) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=args)


def _enters(viewer: Viewer) -> int:
    """0: goes in; else the status at the door."""
    if isinstance(viewer.person, AnonymousUser):
        return 302
    return 0 if viewer.holds(Verb.USE_ADMIN) else 403


def _reaches(viewer: Viewer, verb: Verb | None, *, whole: bool) -> bool:
    if verb is None or not viewer.holds(verb, somewhere=True):
        return False
    return viewer.reach == "everything" or not whole


def test_every_admin_route_is_one_of_these() -> None:
    """A page of one's own on the admin site wants a test of its own, and a line here."""
    odd = []
    for route in VIEWS:
        if not route.startswith("admin/"):
            continue
        rest = route.removeprefix("admin/")
        parts = [f"{m._meta.app_label}/{m._meta.model_name}/" for m in MODELS]
        mine = next((p for p in parts if rest.startswith(p)), "")
        known = {*ENDINGS, *(f"<path:object_id>/{page}" for page in OF_A_ROW)}
        if (mine and rest.removeprefix(mine) in known) or rest in OF_THE_SITE:
            continue
        if rest.startswith("^(?P<app_label>"):
            continue
        odd.append(route)
    assert odd == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_and_forms(stage: Stage, model: type[models.Model]) -> None:
    admin = _admin(model)
    odd = []
    for viewer in stage.viewers:
        door, client = _enters(viewer), client_of(viewer)
        sees = _reaches(viewer, admin.see, whole=not admin.team_path)
        for page, opens in (
            ("changelist", sees),
            ("add", _reaches(viewer, admin.edit, whole=True)),
        ):
            got = client.get(_url(model, page)).status_code
            wanted = {door} if door else {200} if opens else {403}
            if page == "add":
                wanted |= {403}  # some rows come by other ways alone
            if got not in wanted:
                odd.append((str(viewer), page, got, sorted(wanted)))
    assert odd == []


@pytest.mark.parametrize("model", list(OF_A_TEAM), ids=lambda model: model.__name__)
def test_a_row_of_another_team_is_hidden_and_the_attempt_an_entry(
    stage: Stage,
    entries: Callable[..., list[AuditEntry]],
    model: type[models.Model],
) -> None:
    admin = _admin(model)
    rows = {where: OF_A_TEAM[model](team) for where, team in stage.teams.items()}
    odd = []
    for viewer in stage.viewers:
        if _enters(viewer) or not _reaches(viewer, admin.see, whole=False):
            continue
        for where, row in rows.items():
            for page in ("change", "delete"):
                before = len(entries(act="access.refused"))
                got = client_of(viewer).get(_url(model, page, row.pk)).status_code
                refused = len(entries(act="access.refused")) - before
                inside = viewer.reach == "everything" or viewer.holds(admin.see, where)
                wanted = (200 if page == "change" else 403) if inside else 404
                if got != wanted or (wanted == 404) != (refused == 1):
                    odd.append((str(viewer), where, page, got, wanted, refused))
    assert odd == []
