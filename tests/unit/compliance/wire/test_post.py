"""One message, posted: taken only when the receiver says so."""

import pytest
from pytest_django.fixtures import Settings

from compliance.wire import post as posting
from compliance.wire.post import NotTaken, post
from portal.embedded.ports import free_port
from tests.receiver import Receiver


def test_body_and_headers_arrive_as_they_were_signed(receiver: Receiver) -> None:
    status = post(f"{receiver.url}?x=1", body=b'{"a":1}', headers={"webhook-id": "m"})

    assert status == "200"
    ((path, headers, body),) = receiver.got
    assert (path, body) == ("/events?x=1", b'{"a":1}')
    assert headers["webhook-id"] == "m"
    assert headers["content-type"] == "application/json"
    assert receiver.url.partition("/events")[0].endswith(headers["host"])


@pytest.mark.parametrize("status", [302, 400, 410, 500])
def test_any_answer_but_a_yes_is_a_no(receiver: Receiver, status: int) -> None:
    receiver.answers = [status]

    with pytest.raises(NotTaken) as failure:
        post(receiver.url, body=b"{}", headers={})
    assert failure.value.code == str(status)
    assert len(receiver.got) == 1, "a redirect was followed"


def test_nobody_there(settings: Settings) -> None:
    settings.EVENTS_ALLOW_PRIVATE = True

    with pytest.raises(NotTaken) as failure:
        post(f"http://127.0.0.1:{free_port()}/", body=b"{}", headers={})
    assert failure.value.code == "unreachable"


def test_a_receiver_that_dawdles_is_not_waited_for(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "TIMEOUT", 0.2)
    receiver.holds.set()

    with pytest.raises(NotTaken) as failure:
        post(receiver.url, body=b"{}", headers={})
    assert failure.value.code == "timeout"


def test_a_certificate_nobody_vouches_for_is_not_trusted(receiver: Receiver) -> None:
    with pytest.raises(NotTaken) as failure:
        post(receiver.url.replace("http:", "https:"), body=b"{}", headers={})
    assert failure.value.code in {"tls", "broken_off"}
    assert receiver.got == []


def test_this_machine_is_not_asked_unless_that_is_permitted(
    receiver: Receiver, settings: Settings
) -> None:
    settings.EVENTS_ALLOW_PRIVATE = False

    with pytest.raises(NotTaken) as failure:
        post(receiver.url, body=b"{}", headers={})
    assert failure.value.code == "private_address"
    assert receiver.got == []
