"""Posts one signed webhook to the portal's own view for each line read; prints the status.

A process of its own, so that it keeps its database connection as a web server does.
"""

import json
import sys

import django


def main() -> None:
    """Answer line by line until the input ends."""
    django.setup()
    from django.conf import settings
    from django.db import close_old_connections
    from django.test import Client

    from recordings.livekit.simulator import sign
    from recordings.models import LiveKitEvent

    key, secret = next(iter(settings.LIVEKIT_API_KEYS.items()))
    client = Client(raise_request_exception=False, SERVER_NAME="localhost")
    for line in sys.stdin:
        close_old_connections()  # as each request begins; the test's client leaves it out
        body = json.dumps({"event": "room_started", "id": line.strip()}).encode()
        answer = client.post(
            "/webhooks/livekit",
            body,
            content_type="application/webhook+json",
            headers={"Authorization": sign(body, key=key, secret=secret)},
        )
        kept = answer.status_code == 200 and LiveKitEvent.objects.count()
        print(answer.status_code, kept, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
