"""Single sign-on: one identity provider, by OpenID Connect. docs/sso.md."""
