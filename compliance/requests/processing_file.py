"""The record of processing as a file: JSON, CSV or PDF. Taking one is an entry."""

import csv
import hashlib
import io
import json
from datetime import datetime

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.cells import safe
from compliance.models import Person
from compliance.paper import sheet
from compliance.paper.sheet import Sheet
from compliance.requests import processing_record
from compliance.requests.processing_record import SECTIONS, ProcessingRecord

TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
}


def take(*, form: str, by: Person, now: datetime) -> bytes:
    """The record as it is now. form: one of TYPES. Raises Refused."""
    policy.require(by, Verb.HANDLE_REQUEST)
    drawn = processing_record.draw(now=now)
    body = _WRITERS[form](drawn)
    facts = {"format": form, "sha256": hashlib.sha256(body).hexdigest()}
    with transaction.atomic():
        log.append(Action.PROCESSING_RECORD_TAKEN, actor=by, facts=facts)
    return body


def _json(drawn: ProcessingRecord) -> bytes:
    return json.dumps(drawn.as_json(), ensure_ascii=False, indent=2).encode()


def _csv(drawn: ProcessingRecord) -> bytes:
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow(("section", "name", "detail", "is_open"))
    for one in drawn.lines:
        told = (one.section, safe(one.name), safe(one.detail), str(one.is_open).lower())
        lines.writerow(told)
    return written.getvalue().encode()


def _pdf(drawn: ProcessingRecord) -> bytes:
    return sheet.pdf(_sheet(drawn))


def _sheet(drawn: ProcessingRecord) -> Sheet:
    at = f"{drawn.at:%Y-%m-%d %H:%M} UTC"
    return Sheet(
        title=_("Record of processing"),
        foot=_("Record of processing, %(at)s") % {"at": at},
        language=get_language() or "en",
        sentences=[
            _(
                "By Article 30(1) of Regulation (EU) 2016/679, drawn from the settings of"
                " the portal as they were at that moment."
            )
        ],
        facts=[(_("Controller"), drawn.controller), (_("As of"), at)],
        header=[_("About"), _("What"), _("In detail")],
        widths=(0.2, 0.3, 0.5),
        rows=[
            [str(SECTIONS[one.section]), one.name, one.detail] for one in drawn.lines
        ],
    )


_WRITERS = {"json": _json, "csv": _csv, "pdf": _pdf}
