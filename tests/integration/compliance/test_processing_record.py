"""The record of processing follows what is set, and taking it is an entry."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.access.refusals import Refused
from compliance.models import AuditEntry, Person
from compliance.requests import external_custodians, processing_file, processing_record
from tests.cast import Cast
from tests.factories.compliance import RetentionPolicyFactory
from tests.factories.requests import external_custodian

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PAGE, FILE = "/requests/processing/", "/requests/processing/file"


def said(section: str) -> dict[str, str]:
    drawn = processing_record.draw(now=timezone.now())
    return {line.name: line.detail for line in drawn.of(section)}


def test_a_changed_policy_and_custodian_change_the_record(cast: Cast) -> None:
    policy = RetentionPolicyFactory.create(
        name="Orders", delete_after="P5Y", keep_at_least="", team=None
    )
    vendor = external_custodian("Voice lab", region="US")
    assert "5 years" in said("retention")["Orders"]
    assert said("transfers")["Voice lab"] == "US"
    assert "no agreement" in said("recipients")["Voice lab"]

    RetentionPolicyFactory.create(
        name="Orders",
        series=policy.series,
        version=policy.version + 1,
        delete_after="P7Y",
        keep_at_least="",
        team=None,
    )
    vendor.region, vendor.agreement = "EU", "DPA 7"
    external_custodians.save(vendor, by=cast.officer, now=timezone.now())

    assert "7 years" in said("retention")["Orders"]
    assert "5 years" not in said("retention")["Orders"]
    assert said("transfers")["Voice lab"] == "EU"
    assert "agreement: DPA 7" in said("recipients")["Voice lab"]
    external_custodians.end(custodian=vendor, by=cast.officer, now=timezone.now())
    assert "Voice lab" not in said("recipients")


def test_purposes_and_measures_are_those_that_are_on(
    cast: Cast, settings: Settings
) -> None:
    with transaction.atomic():
        cast.claims.purposes = ["ai_training"]
        cast.claims.save()
    assert "Claims" in said("purposes")["AI training"]
    settings.SECOND_FACTOR = False
    settings.REQUESTS = settings.REQUESTS | {"controller": "Muster GmbH"}

    drawn = processing_record.draw(now=timezone.now())

    assert drawn.controller == "Muster GmbH"
    off = {line.name for line in drawn.of("measures") if line.is_open}
    assert "Second factor for people" in off
    settings.SECOND_FACTOR = True
    assert said("measures")["Second factor for people"] == "on"
    data = said("data")
    assert "text" in data["Letters"], "as the models are classified"


def test_it_is_read_and_taken_in_three_forms(cast: Cast, sign_in: SignIn) -> None:
    external_custodian("=Voice lab")
    browser = sign_in(cast.officer)
    page = browser.get(PAGE).content.decode()
    assert "=Voice lab" in page
    assert "Security measures" in page

    taken: dict[str, Any] = {
        form: browser.post(FILE, {"format": form}) for form in ("json", "csv", "pdf")
    }

    told = json.loads(taken["json"].content)
    assert {"controller", "purposes", "recipients", "retention", "measures"} <= {
        line["section"] for line in told["lines"]
    }
    rows = list(csv.DictReader(io.StringIO(taken["csv"].content.decode())))
    assert "'=Voice lab" in [row["name"] for row in rows]
    assert taken["pdf"].content.startswith(b"%PDF")
    entries = AuditEntry.objects.filter(act="processing_record.taken")
    hashes = {one.facts["format"]: one.facts["sha256"] for one in entries}
    assert hashes == {
        form: hashlib.sha256(answer.content).hexdigest()
        for form, answer in taken.items()
    }
    assert browser.post(FILE, {"format": "doc"}).status_code == 404


def test_others_do_not_take_it(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.lead).get(PAGE).status_code == 403
    with pytest.raises(Refused):
        processing_file.take(form="json", by=cast.lead, now=timezone.now())
