"""Listens granted a second, beside a bare view with login, one INSERT and a presign."""

from compliance.models import Person
from recordings.models import Recording
from tests.bench import report, rows
from tests.bench.load import Request, rate

PER_ROUND = 300
TARGET = 1.5
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
