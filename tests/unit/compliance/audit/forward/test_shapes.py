"""Entries as Splunk and Datadog take them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction

from compliance.audit.forward import sending
from compliance.models import AuditEntry, SiemTarget
from tests.factories.compliance import SiemTargetFactory
from tests.receiver import Receiver
from tests.unit.compliance.audit.forward.log_lines import everything, settle, write

pytestmark = pytest.mark.django_db(transaction=True)
Kind = SiemTarget.Kind


def sent(receiver: Receiver, kind: SiemTarget.Kind) -> tuple[dict[str, str], bytes]:
    """Headers and body of what a receiver of this kind gets."""
    with transaction.atomic():
        target = SiemTargetFactory.create(url=receiver.url, kind=kind, secret="token-1")
    write()
    settle()
    assert sending.send(target_id=target.pk, now=datetime.now(UTC)) == 2
    ((_path, headers, body),) = receiver.got
    return headers, body


def test_splunk_takes_events_one_after_another(receiver: Receiver) -> None:
    headers, body = sent(receiver, Kind.SPLUNK)

    assert headers["authorization"] == "Splunk token-1"
    lines: list[dict[str, Any]] = [json.loads(line) for line in body.splitlines()]
    assert [one["event"]["metadata"]["uid"] for one in lines] == everything()
    last = AuditEntry.objects.latest("id")
    assert lines[-1]["time"] == pytest.approx(last.timestamp.timestamp(), abs=1e-3)
    assert lines[-1]["sourcetype"] == "earwitness:ocsf"


def test_datadog_takes_a_list(receiver: Receiver) -> None:
    headers, body = sent(receiver, Kind.DATADOG)

    assert headers["dd-api-key"] == "token-1"
    told = json.loads(body)
    assert [one["ocsf"]["metadata"]["uid"] for one in told] == everything()
    assert told[-1]["status"] == "notice"
    assert told[-1]["message"] == "maintenance.begun"
