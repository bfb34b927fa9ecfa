"""What LiveKit Egress must be told to write into a store."""

from dataclasses import dataclass, field
from typing import Literal

EgressCredentials = Literal["own", "static", "assume_role"]


@dataclass(frozen=True)
class EgressUpload:
    """What LiveKit Egress must be told to write into this store.

    With `credentials == "own"` Egress has its own storage settings and is sent only
    the path. Secrets are never shown by repr, logged or stored.
    """

    bucket: str
    region: str
    endpoint: str
    force_path_style: bool
    credentials: EgressCredentials
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    role_arn: str = ""
    external_id: str = field(default="", repr=False)
