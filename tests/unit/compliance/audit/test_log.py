"""An entry stands with its act, carries exactly its facts, and is never changed."""

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from compliance.access import grants
from compliance.access.roles import Role
from compliance.audit import context, log
from compliance.audit.actions import ACTIONS, Action
from compliance.audit.facts import BadEntry
from compliance.models import AuditEntry, Person, RoleGrant
from compliance.models.audit import NotInTransaction
from tests.cast import Cast


def _listened(**changes: object) -> dict[str, object]:
    facts = {"listen": "1f0c", "purpose": "quality", "seconds": 300, "form": "ogg"}
    return {**facts, **changes}


def test_every_action_has_a_row() -> None:
    assert set(ACTIONS) == set(Action), "Add the action's row to ACTIONS."


def test_it_carries_who_where_what_and_whose(cast: Cast) -> None:
    with (
        context.acting(actor=cast.reviewer, address="192.0.2.7", request_id="r1"),
        transaction.atomic(),
    ):
        entry = log.append(
            Action.LISTEN_RENEWED,
            subject=cast.claims,
            facts={
                "listen": "1f0c",
                "purpose": "quality",
                "seconds": 300,
                "form": "ogg",
            },
        )

    stored = AuditEntry.objects.get(pk=entry.pk)
    assert stored.actor_id == cast.reviewer.pk
    assert stored.remote_addr == "192.0.2.7"
    assert stored.request_id == "r1"
    assert (stored.object_kind, stored.object_pk) == (
        "compliance.team",
        str(cast.claims.pk),
    )
    assert stored.team_id == cast.claims.pk
    assert stored.facts["seconds"] == 300
    assert stored.outcome == "done"
    assert stored.xid


def test_without_a_transaction_it_raises(cast: Cast) -> None:
    with pytest.raises(NotInTransaction):
        log.append(Action.LOGOUT, subject=cast.reviewer)


@pytest.mark.parametrize(
    "facts",
    [
        {"listen": "1f0c", "purpose": "quality"},
        _listened(extra="x"),
        _listened(seconds="300"),
        _listened(seconds=True),
        _listened(purpose=None),
        _listened(purpose="because Ms Weber said so"),
        _listened(listen="4930123456"),
        _listened(listen="+4930123456"),
    ],
    ids=[
        "missing",
        "extra",
        "text for number",
        "flag for number",
        "nothing for text",
        "free text",
        "digits like a number",
        "a telephone number",
    ],
)
def test_ill_fitting_facts_are_refused(cast: Cast, facts: dict[str, object]) -> None:
    with pytest.raises(BadEntry), transaction.atomic():
        log.append(Action.LISTEN_RENEWED, facts=facts)  # type: ignore[arg-type]


def test_an_unknown_action_is_refused(db: None) -> None:
    with pytest.raises(BadEntry), transaction.atomic():
        log.append("coffee.made")  # type: ignore[arg-type]


def test_the_actor_given_beats_the_context(cast: Cast) -> None:
    with context.acting(actor=cast.reviewer), transaction.atomic():
        entry = log.append(Action.LOGOUT, actor=cast.officer)

    assert entry.actor_id == cast.officer.pk


def test_a_forged_address_is_left_out(cast: Cast) -> None:
    with context.acting(address="<script>"), transaction.atomic():
        assert log.append(Action.LOGOUT).remote_addr is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE compliance_auditentry SET outcome = 'done'",
        "DELETE FROM compliance_auditentry",
        "TRUNCATE compliance_auditentry",
    ],
)
def test_the_table_takes_inserts_only(cast: Cast, statement: str) -> None:
    from django.db import connection

    before = AuditEntry.objects.count()
    with (
        pytest.raises(DatabaseError, match="never changed"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEntry.objects.count() == before > 0


def test_when_the_entry_fails_the_act_did_not_happen(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise DatabaseError("disk full")

    before = RoleGrant.objects.count()
    monkeypatch.setattr(log, "append", broken)

    with pytest.raises(DatabaseError):
        grants.grant(
            person=cast.stranger,
            role=Role.OFFICER,
            by=cast.administrator,
            now=timezone.now(),
        )

    assert RoleGrant.objects.count() == before


def test_when_the_diff_fails_the_change_did_not_happen(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("no key")

    monkeypatch.setattr(AuditEntry, "expected_mac", broken)
    cast.stranger.is_active = False

    with pytest.raises(LookupError), transaction.atomic():
        cast.stranger.save()

    assert Person.objects.get(pk=cast.stranger.pk).is_active
