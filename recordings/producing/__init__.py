"""Makes the volumes of productions: the worker's part of `productions`."""
