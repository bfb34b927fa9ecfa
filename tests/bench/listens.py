"""Listens granted a second, beside a bare view with login, one INSERT and a presign.

And what part of granting one goes into asking whether this person may.
"""

import statistics

from django.utils import timezone

from compliance.access import policy
from compliance.access.guards import require_or_hide
from compliance.access.permissions import Verb
from compliance.models import Person, Purpose
from recordings import playback
from recordings.models import Recording
from tests.bench import report, rows
from tests.bench.load import Request, rate

PER_ROUND = 300
TARGET = 1.5
SHARE = 0.15
TRIES = 100
CSRF = "a" * 32


def run(port: int, person: Person, recording: Recording) -> None:
    """Measure in turn, as one signed-in reviewer."""
    cookies = f"sessionid={rows.session_of(person)}; csrftoken={CSRF}"
    headers = {
        "Cookie": cookies,
        "X-CSRFToken": CSRF,
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    body = b"purpose=quality&reason="
    ours = [Request(f"/recordings/{recording.id}/listen", body, headers)] * PER_ROUND
    bare = [Request("/floor/listen", b"", headers)] * PER_ROUND
    rate(port, ours[:30])
    rate(port, bare[:30])
    mine, floors = [], []
    for _round in range(report.ROUNDS):
        mine.append(rate(port, ours))
        floors.append(rate(port, bare))
    report.rates("listen_granted", mine, floors, TARGET)


def access(person: Person, recording: Recording) -> None:
    """Measure both in this process: the checks of a request, and the whole listen."""

    def asked() -> None:
        policy.forget(person)
        policy.require(person, Verb.LISTEN)
        require_or_hide(person, Verb.LISTEN, recording)

    def whole() -> None:
        policy.forget(person)
        policy.require(person, Verb.LISTEN)
        playback.open(
            recording_id=recording.id,
            listener=person,
            purpose=Purpose.QUALITY,
            now=timezone.now(),
        )

    asked(), whole()
    checks = statistics.median(report.timed(asked) for _try in range(TRIES)) * 1000
    listen = statistics.median(report.timed(whole) for _try in range(TRIES)) * 1000
    share = checks / listen
    report.line(
        "access_in_listen", checks, listen, ratio=share, target=SHARE, unit="ms"
    )
