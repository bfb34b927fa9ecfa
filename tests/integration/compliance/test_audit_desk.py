"""The auditor's desk: what is about a call, proofs, populations, samples, the binder."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from compliance.access import grants
from compliance.access.roles import Role
from compliance.audit import canonical, log, sealing_keys, selection, tree
from compliance.audit.actions import Action
from compliance.audit.checkpoint import Checkpoint
from compliance.models import AuditEntry, Person, Population
from tests.cast import Cast
from tests.factories.recordings import CallFactory, RecordingFactory
from tests.sealing_within import seal_what_is_there

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]


VERSIONED = {
    "version": 1,
    "keep_at_least": "",
    "delete_after": "P9D",
    "ended": False,
}


def _append(action: Action, subject: Any, actor: Person, **facts: Any) -> AuditEntry:
    with transaction.atomic():
        return log.append(action, subject=subject, facts=facts, actor=actor)


def _listen(cast: Cast, part: Any, purpose: str = "quality") -> AuditEntry:
    facts = {"listen": "x", "purpose": purpose, "seconds": 300, "form": "ogg"}
    facts["reason_given"] = False
    return _append(Action.LISTEN_GRANTED, part, cast.reviewer, **facts)


def _shown(browser: Client, **filters: str) -> list[str]:
    lines = browser.get(reverse("audit"), filters).context["lines"]
    return [str(line.entry.pk) for line in lines]


def test_about_a_call_is_about_its_recordings_too(cast: Cast, sign_in: SignIn) -> None:
    part = RecordingFactory.create(call=CallFactory.create(team=cast.claims))
    other = RecordingFactory.create(call=CallFactory.create(team=cast.claims))
    revealed = _append(Action.NUMBER_REVEALED, part.call, cast.officer)
    heard = _listen(cast, part)
    _listen(cast, other)
    browser = sign_in(cast.auditor)

    of_both = [str(heard.pk), str(revealed.pk)]
    assert _shown(browser, about=str(part.call_id)) == of_both
    assert _shown(browser, about=str(part.id)) == of_both


def test_by_purpose(cast: Cast, sign_in: SignIn) -> None:
    part = RecordingFactory.create(call=CallFactory.create(team=cast.claims))
    heard = _listen(cast, part, "evidence")
    _listen(cast, part)

    assert _shown(sign_in(cast.auditor), purpose="evidence") == [str(heard.pk)]


def test_by_address(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.auditor)
    browser.get(reverse("audit"), REMOTE_ADDR="192.0.2.7")

    (found,) = _shown(browser, address="192.0.2.7")
    assert AuditEntry.objects.get(pk=found).act == "audit.read"
    assert _shown(browser, address="::ffff:192.0.2.7") == [found]


def test_what_no_index_leads_to_is_looked_for_bit_by_bit(
    cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = RecordingFactory.create(call=CallFactory.create(team=cast.claims))
    rare = _listen(cast, part, "evidence")
    for _ in range(12):
        _listen(cast, part)
    monkeypatch.setattr(selection, "LOOK", 5)
    browser = sign_in(cast.auditor)

    answer = browser.get(reverse("audit"), {"purpose": "evidence"})
    assert "None among the newest" in answer.content.decode()
    looks = 0
    while not answer.context["lines"]:
        answer = browser.get(answer.context["older_url"])
        looks += 1
    (line,) = answer.context["lines"]
    assert line.entry.pk == rare.pk
    assert 1 <= looks <= 4


def test_pages_of_a_person_follow_the_index_of_the_person(
    cast: Cast, sign_in: SignIn
) -> None:
    _append(Action.POLICY_VERSIONED, cast.claims, cast.lead, **VERSIONED)
    browser = sign_in(cast.auditor)
    with CaptureQueriesContext(connection) as queries:
        _shown(browser, person=str(cast.lead.pk))

    (read,) = [
        one["sql"]
        for one in queries
        if 'FROM "compliance_auditentry"' in one["sql"] and "ORDER BY" in one["sql"]
    ]
    assert 'ORDER BY "compliance_auditentry"."timestamp" DESC' in read


def test_an_entry_is_proved_on_its_page(cast: Cast, sign_in: SignIn) -> None:
    entry = _append(Action.NUMBER_REVEALED, cast.claims, cast.officer)
    browser = sign_in(cast.auditor)
    url = reverse("audit-entry", args=[entry.pk])
    assert "not sealed yet" in browser.get(url).content.decode()
    assert (
        browser.get(reverse("audit-proof", args=[entry.pk])).headers["Location"] == url
    )

    seal_what_is_there()

    page = browser.get(url).content.decode()
    assert "stands in the sealed log" in page
    assert "proof-tree" in page
    told = browser.get(reverse("audit-proof", args=[entry.pk])).json()
    checkpoint = Checkpoint.parse(told["checkpoint"])
    assert canonical.leaf_hash(told["entry"].encode()).hex() == told["leaf"]
    assert tree.verify_inclusion(
        bytes.fromhex(told["leaf"]),
        told["position"],
        told["size"],
        [base64.b64decode(one) for one in told["path"]],
        checkpoint.root,
    )


def test_a_changed_entry_is_not_what_was_sealed(cast: Cast, sign_in: SignIn) -> None:
    entry = _append(Action.NUMBER_REVEALED, cast.claims, cast.officer)
    seal_what_is_there()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE compliance_auditentry SET outcome = 'failed' WHERE id = %s",
            [entry.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")

    page = sign_in(cast.auditor).get(reverse("audit-entry", args=[entry.pk]))
    assert "is not what was sealed" in page.content.decode()


def test_a_population_is_counted_signed_and_taken(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    part = RecordingFactory.create(call=CallFactory.create(team=cast.claims))
    for _ in range(3):
        _listen(cast, part)
    seal_what_is_there()
    _listen(cast, part)
    browser = sign_in(cast.auditor)

    found = _counted(browser, act="recording.listen_granted")

    told = browser.get(reverse("population-statement", args=[found.id])).json()
    public = Ed25519PublicKey.from_public_bytes(sealing_keys.publics()[told["key"]])
    public.verify(base64.b64decode(told["signature"]), told["statement"].encode())
    said = json.loads(told["statement"])
    assert (said["entries"], said["filters"]) == (
        3,
        {"acts": ["recording.listen_granted"]},
    )
    assert said["log_size"] == Checkpoint.parse(said["checkpoint"]).size
    assert entries(act=Action.POPULATION_COUNTED)[0].facts["entries"] == 3
    assert len(entries(act=Action.POPULATION_TAKEN)) == 1


def test_a_sample_is_the_same_for_the_same_seed_whatever_came_later(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    part = RecordingFactory.create(call=CallFactory.create(team=cast.claims))
    made = [_listen(cast, part) for _ in range(8)]
    seal_what_is_there()
    browser = sign_in(cast.auditor)
    found = _counted(browser, act="recording.listen_granted")
    first = _drawn(browser, found, "abc", 3)
    for _ in range(4):
        _listen(cast, part)
    seal_what_is_there()

    by_hand = sorted(
        (str(one.pk) for one in made),
        key=lambda pk: hashlib.sha256(f"abc:{pk}".encode()).digest(),
    )
    assert first == _drawn(browser, found, "abc", 3) == by_hand[:3]
    assert _drawn(browser, found, "abd", 8) != by_hand
    assert entries(act=Action.SAMPLE_DRAWN)[0].facts == {"entries": 3, "seed": "abc"}


@pytest.mark.parametrize(
    "asked", [{"seed": "a b", "size": 1}, {"seed": "a", "size": 0}]
)
def test_a_sample_that_cannot_be_is_not_drawn(
    cast: Cast, sign_in: SignIn, entries: Entries, asked: dict[str, Any]
) -> None:
    seal_what_is_there()
    browser = sign_in(cast.auditor)
    found = _counted(browser)

    answer = browser.get(reverse("population", args=[found.id]), asked)
    assert answer.status_code == 200
    assert not entries(act=Action.SAMPLE_DRAWN)


def test_nothing_is_counted_before_the_first_seal(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.auditor).post(reverse("audit-count"), {}, follow=True)

    assert "Nothing is sealed yet" in answer.content.decode()
    assert not Population.objects.exists()


def test_an_auditor_of_a_team_counts_its_entries_and_sees_nobody_elses_count(
    cast: Cast, sign_in: SignIn
) -> None:
    grants.grant(
        person=cast.stranger,
        role=Role.AUDITOR,
        by=None,
        now=timezone.now(),
        team=cast.sales,
    )
    _append(Action.POLICY_VERSIONED, cast.claims, cast.lead, **VERSIONED)
    _append(Action.POLICY_VERSIONED, cast.sales, cast.lead, **VERSIONED)
    seal_what_is_there()
    browser = sign_in(cast.stranger)
    others = _counted(sign_in(cast.auditor), act="policy.versioned")

    mine = _counted(browser, act="policy.versioned")

    assert (others.count, mine.count) == (2, 1)
    hidden = browser.get(reverse("population", args=[others.id]))
    assert hidden.status_code == 404


def test_the_binder_counts_and_leads_to_the_entries(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    _append(Action.NUMBER_REVEALED, cast.claims, cast.officer)
    browser = sign_in(cast.auditor)

    page = browser.get(reverse("audit-binder"))

    rows = {
        one.control.code: one
        for _name, those in page.context["frameworks"]
        for one in those
    }
    shown = rows["pci-10.2.1.1"]
    assert shown.count == 1
    assert shown.newest.act == "number.revealed"
    assert "control=pci-10.2.1.1&amp;since=" in page.content.decode()
    assert len(entries(act=Action.AUDIT_BINDER_READ)) == 1
    assert _shown(browser, control="pci-10.2.1.1") == [str(shown.newest.pk)]


def test_the_binder_costs_no_more_queries_for_more_entries(
    cast: Cast, sign_in: SignIn
) -> None:
    browser = sign_in(cast.auditor)
    browser.get(reverse("audit-binder"))
    with CaptureQueriesContext(connection) as few:
        browser.get(reverse("audit-binder"))
    for _ in range(5):
        _append(Action.NUMBER_REVEALED, cast.claims, cast.officer)
    with CaptureQueriesContext(connection) as many:
        browser.get(reverse("audit-binder"))

    assert len(many) == len(few)


def _counted(browser: Client, **filters: str) -> Population:
    answer = browser.post(reverse("audit-count"), filters)
    assert answer.status_code == 302
    return Population.objects.get(id=answer.headers["Location"].split("/")[-2])


def _drawn(browser: Client, found: Population, seed: str, size: int) -> list[str]:
    url = reverse("population", args=[found.id])
    lines = browser.get(url, {"seed": seed, "size": str(size)}).context["lines"]
    return [str(line.entry.pk) for line in lines]
