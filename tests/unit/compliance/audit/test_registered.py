"""Diffs tell what changed; of what is personal they tell no more than that."""

from django.apps import apps
from django.db import transaction

from compliance.audit import registered
from compliance.keys import keyring
from compliance.models import AuditEntry
from tests.cast import Cast

NAME = "Stanislav Strange"


def _last_diff() -> AuditEntry:
    entry: AuditEntry = AuditEntry.objects.filter(act="record.changed").latest("id")
    return entry


def test_every_field_has_a_class() -> None:
    models = [
        model
        for label in ("compliance", "recordings")
        for model in apps.get_app_config(label).get_models()
    ]

    assert registered.unclassified(models) == [], (
        "Give each field a class (plain, personal or silent) in "
        "compliance/audit/registered.py or recordings/models/classified.py."
    )


def test_a_changed_name_is_told_without_the_name(cast: Cast) -> None:
    old = cast.stranger.name
    cast.stranger.name = NAME
    with transaction.atomic():
        cast.stranger.save()

    entry = _last_diff()
    before, after = (entry.changes or {})["name"]
    assert set(entry.changes or {}) == {"name"}
    assert NAME not in str(entry.changes)
    assert old not in str(entry.changes)
    assert after == registered.commitment(NAME)
    assert before == registered.commitment(old)
    assert after.startswith(keyring("audit_mac").current.id)
    assert entry.object_repr == ""


def test_a_plain_field_is_told_as_it_is(cast: Cast) -> None:
    cast.claims.ask_reason = True
    with transaction.atomic():
        cast.claims.save()

    entry = _last_diff()
    assert entry.changes == {"ask_reason": ["False", "True"]}
    assert entry.team_id == cast.claims.pk


def test_secrets_and_preferences_are_never_told(cast: Cast) -> None:
    before = AuditEntry.objects.count()
    cast.stranger.set_password("another good password")
    cast.stranger.theme = "dark"
    with transaction.atomic():
        cast.stranger.save()

    assert AuditEntry.objects.count() == before


def test_nothing_has_no_commitment() -> None:
    assert registered.commitment("") == ""
    assert registered.commitment("None") == ""
