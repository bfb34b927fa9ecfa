"""What is kept of a person besides recordings, kind by kind: `compliance.requests.traces`.

docs/erasure.md says of each kind what goes, what stays, and why.
"""
