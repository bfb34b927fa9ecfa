"""Whom a connection is made to, whose word for him counts, and who we are there."""

import ipaddress
import ssl
from dataclasses import dataclass
from tempfile import NamedTemporaryFile

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class BadCertificate(ValueError):
    """What was given as a certificate or its key cannot be read."""


@dataclass(frozen=True)
class Trust:
    """networks: private ones that may be talked to; all others have to be public.

    ca: certificates in PEM that vouch for the peer; empty: those of the system.
    certificate, key: what we show the peer, in PEM; empty: nothing.
    """

    networks: tuple[Network, ...] = ()
    ca: str = ""
    certificate: str = ""
    key: str = ""

    def context(self) -> ssl.SSLContext:
        """For one connection or many. Raises BadCertificate."""
        try:
            context = ssl.create_default_context(cadata=self.ca or None)
            if self.certificate:
                self._show(context)
        except (ssl.SSLError, ValueError) as error:
            raise BadCertificate from error
        return context

    def _show(self, context: ssl.SSLContext) -> None:
        """OpenSSL reads what we show from a file alone: one that only we can read."""
        with NamedTemporaryFile("w", suffix=".pem") as file:
            file.write(f"{self.certificate}\n{self.key}\n")
            file.flush()
            context.load_cert_chain(file.name)


OPEN = Trust()
"""Public addresses, by the system's certificates."""
