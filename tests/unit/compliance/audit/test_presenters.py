"""Entries in words, with names looked up when they are shown."""

import pytest
from django.db import transaction

from compliance.audit import context, log, presenters
from compliance.audit.actions import ACTIONS, Action
from compliance.audit.facts import Fact, Severity
from compliance.models import AuditEntry, Person
from tests.cast import Cast

WORDS: presenters.Words = {"purpose": str.upper}


def _line(entry: AuditEntry) -> presenters.Line:
    (line,) = presenters.lines([entry], words=WORDS)
    return line


def _sample(kind: object) -> str | int | bool | None:
    samples: dict[object, str | int | bool] = {str: "code", int: 7, bool: True}
    return samples.get(kind)


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_a_sentence_that_its_facts_fill(
    cast: Cast, action: Action
) -> None:
    facts = {
        name: _sample(kind) for name, kind in (ACTIONS[action].facts or {}).items()
    }
    with transaction.atomic():
        entry = log.append(action, subject=cast.claims, facts=facts)

    sentence = _line(entry).sentence
    assert sentence
    assert "%(" not in sentence
    assert sentence != presenters.action_words(action)


def test_it_names_who_and_whom(cast: Cast) -> None:
    with context.acting(actor=cast.administrator), transaction.atomic():
        entry = log.append(Action.PASSWORD_SET, subject=cast.stranger)

    line = _line(entry)
    assert line.who == "Ada Administrator"
    assert line.sentence == "set a new password for Stan Stranger"
    assert line.severity == Severity.NOTICE


def test_codes_become_words(cast: Cast) -> None:
    with transaction.atomic():
        entry = log.append(
            Action.LISTEN_REFUSED,
            subject=cast.claims,
            facts={"purpose": "quality", "reason": "no_consent"},
        )

    assert "for QUALITY (no consent)" in _line(entry).sentence


def test_a_refusal_tells_what_and_at_which_row_if_any(cast: Cast) -> None:
    facts: dict[str, Fact] = {"verb": "hear_it", "reason": "no_role"}
    with transaction.atomic():
        at_all = log.append(Action.ACCESS_REFUSED, facts=facts)
        one = log.append(Action.ACCESS_REFUSED, subject=cast.claims, facts=facts)

    assert _line(at_all).sentence == "was not allowed to hear it (no role)"
    team = f"team {str(cast.claims.pk)[:8]}"
    assert _line(one).sentence == f"was not allowed to hear it: {team} (no role)"


def test_nobody_in_particular_has_words_too(db: None) -> None:
    portal = AuditEntry(act="capture.begun", facts={"part": 1})
    visitor = AuditEntry(act="session.logout", remote_addr="192.0.2.7")

    assert _line(portal).who == "the portal"
    assert _line(visitor).who == "nobody signed in"


def test_who_is_gone_is_said_to_be_gone(cast: Cast) -> None:
    gone = Person(name="Nobody")
    entry = AuditEntry(act="session.logout", actor_id=gone.pk)

    assert _line(entry).who == "somebody who is gone"


def test_an_entry_of_a_later_version_is_still_shown(db: None) -> None:
    unknown = AuditEntry(act="transcript.made", object_kind="scribe.transcript")
    other_facts = AuditEntry(act="rule.versioned", facts={"place": "DE"})

    assert _line(unknown).sentence == "transcript: made"
    assert _line(other_facts).sentence == "rule: versioned"


def test_a_diff_of_a_model_that_is_gone_is_still_shown() -> None:
    entry = AuditEntry(
        act="record.changed", object_kind="old.thing", changes={"size": ["1", "2"]}
    )

    (change,) = presenters.changes(entry)
    assert (change.field, change.before, change.after) == ("size", "1", "2")
