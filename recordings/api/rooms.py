"""What the views for voice agents share: the call in a room, and no limits of rate."""

from django.db.models import F
from django.http import Http404
from rest_framework.request import Request
from rest_framework.views import APIView

from compliance.access.guards import require_or_hide
from compliance.access.permissions import Verb
from compliance.api.permissions import caller
from recordings.models import Call


class AgentView(APIView):
    """An agent in a call is never told to come back later: no throttle, whatever the
    settings say of others."""

    throttle_classes = ()


def call_in_room(request: Request, room_sid: str, verb: Verb) -> Call:
    """The call that is live in the room, else the last to end; 404 when there is none."""
    rows = Call.objects.filter(room_id=room_sid).select_related("team", "trunk")
    order = F("ended_at").desc(nulls_first=True), "-started_at"
    call = rows.order_by(*order).first()
    if call is None:
        raise Http404
    require_or_hide(caller(request), verb, call)
    return call
