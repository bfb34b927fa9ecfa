"""Recordings produced for a court, an authority or a client.

The originals leave as they are, nothing is masked; to whom and for which matter is kept
sealed. How volumes are made is `producing`'s.
"""
