"""What S3 answers, in the words of the port. No botocore exception passes here."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

from boto3.exceptions import Boto3Error
from botocore import exceptions as boto
from urllib3.exceptions import HTTPError

from recordings.media_store.errors import (
    AlreadyThere,
    ObjectMissing,
    StoreError,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from botocore.response import StreamingBody

MISSING = {"NoSuchKey", "NoSuchVersion", "404", "NotFound"}
FULL = {"QuotaExceeded", "EntityTooLarge", "XMinioStorageFull", "507"}
BUSY = {
    "InternalError",
    "OperationAborted",
    "RequestTimeout",
    "RequestTimeTooSkewed",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "429",
}
_NAMED_ACTION = re.compile(r"not authorized to perform: ([a-z0-9]+:[A-Za-z]+)")
"""How AWS says which right is missing; the rest of its text names accounts."""
SILENT = (
    boto.HTTPClientError,
    boto.IncompleteReadError,
    HTTPError,
    OSError,
)
"""No answer, half an answer, or none in time."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever boto3 and the network raise into a StoreError."""
    try:
        yield
    except boto.ClientError as error:
        raise in_our_words(error) from error
    except SILENT as error:
        raise StoreUnavailable(
            f"The store did not answer ({type(error).__name__})."
        ) from error
    except (
        boto.NoCredentialsError,
        boto.PartialCredentialsError,
        boto.CredentialRetrievalError,
    ) as error:
        raise StoreRefused("There are no credentials for the store.") from error
    except (boto.BotoCoreError, Boto3Error) as error:
        cause = error.__context__
        if isinstance(cause, boto.ClientError):
            raise in_our_words(cause) from error
        if isinstance(cause, SILENT):
            raise StoreUnavailable("The store stopped answering.") from error
        raise StoreError(f"The store failed ({type(error).__name__}).") from error


class Body:
    """The body of an answer, whose failures speak our words."""

    def __init__(self, body: "StreamingBody") -> None:
        self._body = body

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; StoreUnavailable when the connection breaks."""
        with translated():
            return self._body.read(None if size < 0 else size)


def code_of(error: boto.ClientError) -> str:
    """The S3 error code; for answers without a body the HTTP status as text."""
    return str(error.response.get("Error", {}).get("Code", ""))


def status_of(error: boto.ClientError) -> int:
    """The HTTP status of the answer, 0 when there is none."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def in_our_words(error: boto.ClientError) -> StoreError:
    """The StoreError that says what this answer means for us."""
    code, status = code_of(error), status_of(error)
    request_id = error.response.get("ResponseMetadata", {}).get("RequestId", "")
    kind, text = _meaning(code, status)
    named = _NAMED_ACTION.search(str(error.response.get("Error", {}).get("Message")))
    return kind(
        f"{text} ({code or status})",
        code=code,
        request_id=request_id,
        action=named.group(1) if named else "",
    )


def _meaning(code: str, status: int) -> tuple[type[StoreError], str]:
    if code in MISSING:
        return ObjectMissing, "There is no such object in the store."
    if status == HTTPStatus.PRECONDITION_FAILED:
        return AlreadyThere, "Something lies under that key already."
    if code == "NoSuchBucket":
        return StoreRefused, "The bucket does not exist."
    if code in FULL:
        return StoreFull, "The store has no room left."
    if code in BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return StoreUnavailable, "The store cannot answer now."
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return StoreRefused, "The store refused."
    if status in {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.TEMPORARY_REDIRECT}:
        return StoreRefused, "The bucket lies in another region."
    return StoreError, "The store did not accept the request."
