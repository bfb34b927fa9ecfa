"""What the page of a call says of a duty to record."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from compliance.consent import duties
from compliance.models import Person
from recordings.models import Alert
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import AlertFactory
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
