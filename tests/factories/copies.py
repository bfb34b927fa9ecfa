"""A request of somebody who was recorded, and a copy of it as far as one wants."""

import io
import json
from datetime import datetime
from typing import Any

import pyzipper
from django.core.files.storage import storages

from compliance.models import SubjectRequest
from recordings.copies import asking, making
from recordings.models import AccessCopy
from tests.cast import Cast
from tests.factories.hearable import NUMBER
from tests.factories.requests import asked, verified


def access(cast: Cast, *, now: datetime, **told: Any) -> SubjectRequest:
    """A verified request for access by the caller of hearable calls."""
    said: dict[str, Any] = {"kind": "access", "numbers": (NUMBER,)}
    request = asked(cast.officer, now=now, **(said | told))
    verified(request, cast.officer, now=now)
    request.refresh_from_db()
    return request


def made(cast: Cast, request: SubjectRequest, *, now: datetime) -> AccessCopy:
    """A copy that workers have made."""
    copy = asking.ask(request=request, by=cast.officer, now=now)
    assert making.make(copy_id=copy.pk, now=now)
    copy.refresh_from_db()
    return copy


def opened(copy: AccessCopy, passphrase: str | None = None) -> dict[str, bytes]:
    """What lies in its file, by name. passphrase: another than its own."""
    with storages["exports"].open(copy.file_name) as file:
        archive = pyzipper.AESZipFile(io.BytesIO(file.read()))
    archive.setpassword((passphrase or str(copy.passphrase)).encode())
    return {name: archive.read(name) for name in archive.namelist()}


def told(copy: AccessCopy) -> dict[str, Any]:
    """What its JSON file says."""
    found: dict[str, Any] = json.loads(opened(copy)["data.json"])
    return found
