"""SCIM 2.0 (RFC 7643, 7644): the directory tells people and groups. docs/scim.md."""
