"""How bytes leave the portal by themselves: to addresses that were judged, over TLS."""
