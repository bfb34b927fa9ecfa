"""Every action as an event of OCSF: complete, and about nobody but staff."""

import json
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from django.db import transaction

from compliance.audit import context, log, ocsf
from compliance.audit.actions import ACTIONS, Action
from compliance.audit.facts import Fact, FactType
from compliance.audit.ocsf import CLASSES, MEANINGS, Class
from compliance.audit.ocsf_event import event
from compliance.models import AuditEntry
from tests.cast import Cast

BASE = {
    "activity_id",
    "category_uid",
    "class_uid",
    "type_uid",
    "time",
    "severity_id",
    "status_id",
    "metadata",
    "actor",
    "src_endpoint",
}
WANTED = {
    Class.AUTHENTICATION: {"user", "service"},
    Class.ENTITY: {"entity"},
    Class.GROUP: {"group"},
    Class.USER: {"user"},
    Class.RESOURCE: {"web_resources"},
    Class.LIFECYCLE: {"app"},
    Class.RESOURCE_ACCESS: {"web_resources", "http_request"},
}
"""What OCSF 1.9.0 requires of each class."""
EXAMPLES: Mapping[type, Fact] = {str: "x-1", int: 7, bool: True}


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_one_class(action: Action) -> None:
    places = [place for place, actions in CLASSES.items() if action in actions]

    assert len(places) == 1, (
        f"{action} wants one place in CLASSES of compliance/audit/ocsf.py: put it under the "
        "class and activity of schema.ocsf.io by which a security team would look for it."
    )


def test_numbers_are_made_as_ocsf_says() -> None:
    assert ocsf.meaning("session.login").type == 300201
    assert ocsf.meaning("recording.downloaded").type == 600107
    assert ocsf.meaning("recording.downloaded").category == 6
    assert ocsf.meaning("of.a.later.version") == ocsf.UNKNOWN


def _example(wanted: FactType) -> Fact:
    return EXAMPLES[(get_args(wanted) or (wanted,))[0]]


@pytest.mark.parametrize("action", list(Action))
def test_an_event_has_what_its_class_requires(cast: Cast, action: Action) -> None:
    facts = {
        name: _example(kind) for name, kind in (ACTIONS[action].facts or {}).items()
    }
    with transaction.atomic(), context.acting(actor=cast.officer, address="192.0.2.7"):
        written = log.append(action, subject=cast.reviewer, facts=facts)

    told = event(AuditEntry.objects.get(pk=written.pk))

    assert set(told) >= BASE | WANTED[MEANINGS[action].of]
    assert told["metadata"]["uid"] == str(written.pk)
    assert told["metadata"]["product"]["name"] == "Earwitness"
    assert told["actor"]["user"] == {"uid": str(cast.officer.pk)}
    assert told["src_endpoint"] == {"ip": "192.0.2.7"}
    assert told["time"] == int(written.timestamp.timestamp() * 1000)
    assert told["unmapped"]["mac"] == written.mac
    assert _mentions_nobody(told, cast)


def test_what_the_portal_does_itself_and_about_nothing(cast: Cast) -> None:
    with transaction.atomic():
        written = log.append(Action.MAINTENANCE_BEGUN)

    told = event(AuditEntry.objects.get(pk=written.pk))

    assert told["actor"] == {"app_name": "Earwitness"}
    assert told["src_endpoint"] == {"svc_name": "Earwitness"}
    assert told["app"] == {"name": "Earwitness"}


def test_a_changed_name_is_a_commitment(cast: Cast) -> None:
    before = cast.reviewer.name
    with transaction.atomic():
        cast.reviewer.name = "Somebody New"
        cast.reviewer.save()

    told = event(AuditEntry.objects.latest("id"))

    assert told["unmapped"]["changes"]["name"]
    assert before not in json.dumps(told)
    assert "Somebody New" not in json.dumps(told)


def _mentions_nobody(told: dict[str, Any], cast: Cast) -> bool:
    text = json.dumps(told)
    people = (cast.officer, cast.reviewer)
    return not any(one.name in text or one.email in text for one in people)
