"""What the page of a call says of duties, lists and consents that are not its own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from compliance.consent import duties
from compliance.consent import standing_consents as kept
from compliance.models import Person, PhoneNumber, Purpose, StandingConsent
from recordings import do_not_record, summary
from recordings.models import Alert, Call, DoNotRecord
from tests.cast import Cast
from tests.factories.hearable import NUMBER, hearable_call, part_of
from tests.factories.recordings import STARTED, AlertFactory
from tests.reading import words

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


def test_the_panel_names_the_duty_and_what_it_asks_for(
    cast: Cast, sign_in: SignIn
) -> None:
    cast.claims.duty = duties.versions_of("EU-MIFID2")[0]
    with transaction.atomic():
        cast.claims.save()
    call = hearable_call(cast.claims)
    part_of(call)

    told = words(sign_in(cast.reviewer).get(f"/calls/{call.id}/?panel=why"))

    assert "EU-MIFID2 v1" in told
    assert "When somebody refuses: end the call." in told
    assert "When the recorder fails: go on by another channel." in told
    assert "Directive 2014/65/EU Art. 16(7)" in told


def test_without_a_duty_nothing_is_said_of_one(cast: Cast, sign_in: SignIn) -> None:
    call = hearable_call(cast.claims)
    part_of(call)

    told = words(sign_in(cast.reviewer).get(f"/calls/{call.id}/?panel=why"))

    assert "duty to record" not in told


def test_the_alarm_says_what_to_do(cast: Cast, sign_in: SignIn) -> None:
    call = hearable_call(cast.claims)
    kind = Alert.Kind.UNRECORDED_DUTY
    AlertFactory.create(kind=kind, call=call, team=cast.claims, detail="refused")

    told = words(sign_in(cast.officer).get("/alerts/"))

    assert "A call was not recorded as law demands" in told
    assert "A party refused to be recorded." in told


def test_a_call_on_the_do_not_record_list_says_that_it_is_rightly_so(
    cast: Cast, sign_in: SignIn
) -> None:
    call = hearable_call(cast.claims, acts=())
    entry = do_not_record.add(
        number=NUMBER,
        team=cast.claims,
        reason=DoNotRecord.Reason.PRIVILEGE,
        note="Dr. Weber, a lawyer",
        since=None,
        until=None,
        by=cast.officer,
        now=call.started_at,
    )
    with transaction.atomic():
        do_not_record.bar(call, entry)
        summary.refresh(call, consent=Call.Consent.EXEMPT, why="do_not_record")

    answer = sign_in(cast.reviewer).get(f"/calls/{call.id}/")
    told = words(answer)

    assert "Rightly not recorded" in told
    assert "on the do-not-record list since 2 November 2026" in told
    assert "professional secrecy" in told
    assert "Weber" not in told
    assert "rightly not recorded" in words(
        sign_in(cast.reviewer).get("/calls/?when=all")
    )


def test_the_timeline_names_the_standing_consent_and_its_days(
    cast: Cast, sign_in: SignIn
) -> None:
    kept.record(
        number=PhoneNumber.from_raw(NUMBER),
        team=None,
        purposes=[Purpose.EVIDENCE, Purpose.QUALITY],
        granted_at=datetime(2026, 5, 3, 10, tzinfo=UTC),
        expires_at=datetime(2027, 5, 3, 10, tzinfo=UTC),
        source=StandingConsent.Source.FORM,
        script="form v3",
        by=cast.officer,
        now=STARTED - timedelta(days=1),
    )
    call = hearable_call(cast.claims, acts=())
    part_of(call)

    told = words(sign_in(cast.reviewer).get(f"/calls/{call.id}/"))

    assert "a standing consent of caller holds" in told
    assert "standing consent of 3 May 2026 until 3 May 2027" in told
    assert "May be heard for evidence, quality" in told
