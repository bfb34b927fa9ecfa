"""The tags that objects of ours carry in S3. Tags of others stay as they are.

A lifecycle rule of S3 can only ask for a tag, never for the lack of one. So what our rules
may meet carries a mark, and the same request that tags an object as held takes its marks
away: there is no moment in which it has both.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from recordings.media_store.lifecycle import MARKS
from recordings.media_store.s3_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

HOLD = "earwitness-hold"
"""Set to `on`; lifecycle rules of the bucket can leave out what carries it."""


def set_hold(client: "S3Client", address: Any, *, on: bool) -> bool:
    """Tag a version as held and take its marks, or take the tag; whether it changed."""
    have = _tags(client, address)
    drop = {HOLD, *MARKS} if on else {HOLD}
    want = {key: value for key, value in have.items() if key not in drop}
    return _put(client, address, have, want | ({HOLD: "on"} if on else {}))


def set_marks(client: "S3Client", address: Any, marks: Mapping[str, str]) -> bool:
    """Have a version carry these marks and no other; none while it is tagged as held."""
    have = _tags(client, address)
    want = {key: value for key, value in have.items() if key not in MARKS}
    return _put(client, address, have, want if HOLD in have else {**want, **marks})


def _tags(client: "S3Client", address: Any) -> dict[str, str]:
    with translated():
        told = client.get_object_tagging(**address)["TagSet"]
    return {one["Key"]: one["Value"] for one in told}


def _put(
    client: "S3Client", address: Any, have: Mapping[str, str], want: Mapping[str, str]
) -> bool:
    """Whether it had to be changed."""
    if have == want:
        return False
    tags: Any = [{"Key": key, "Value": value} for key, value in want.items()]
    with translated():
        if tags:
            client.put_object_tagging(**address, Tagging={"TagSet": tags})
        else:
            client.delete_object_tagging(**address)
    return True
