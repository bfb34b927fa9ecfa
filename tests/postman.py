"""A real mail server on this machine that keeps what the portal sends."""

import email
from collections.abc import Iterator
from email.message import Message

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django.fixtures import Settings

from portal.embedded.ports import free_port


class Postman:
    """Keeps what the server took; `answer`: what it says instead of yes."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], Message]] = []
        self.answer = "250 OK"

    async def handle_DATA(
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take a letter, or say why not."""
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            letter = email.message_from_bytes(envelope.content)
            self.letters.append((envelope.rcpt_tos, letter))
        return self.answer

    @property
    def bodies(self) -> list[str]:
        """What the letters say."""
        payloads = [letter.get_payload(decode=True) for _to, letter in self.letters]
        texts = [body.decode() for body in payloads if isinstance(body, bytes)]
        return [text.replace("\r\n", "\n") for text in texts]


@pytest.fixture
def postman(settings: Settings) -> Iterator[Postman]:
    """A mail server that the portal is told of."""
    found = Postman()
    controller = Controller(found, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", controller.port
    settings.MAIL_IS_ON = True
    settings.PORTAL_URL = "https://calls.example.com"
    settings.DEFAULT_FROM_EMAIL = "earwitness@calls.example.com"
    yield found
    controller.stop()
