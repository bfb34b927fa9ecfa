"""What the organisation's directory tells by SCIM. docs/scim.md."""
