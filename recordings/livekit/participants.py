"""Tell somebody in a room something, by an attribute that they can see."""

from collections.abc import Mapping

from livekit import api

from recordings.livekit import errors
from recordings.livekit.calling import call


def set_attributes(
    *, room_name: str, identity: str, attributes: Mapping[str, str]
) -> bool:
    """Set attributes of a participant; those that are not named stay as they are.

    Returns False when nobody of that identity is in the room any more. Raises
    LiveKitUnavailable.
    """
    request = api.UpdateParticipantRequest(
        room=room_name, identity=identity, attributes=attributes
    )
    try:
        call(
            api.VideoGrants(room_admin=True, room=room_name),
            lambda livekit: livekit.room.update_participant(request),
        )
    except errors.TRANSPORT_FAULTS as error:
        if isinstance(error, api.ServerError) and error.code == "not_found":
            return False
        raise errors.of_question(error) from error
    return True
