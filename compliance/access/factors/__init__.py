"""Second factors: passkeys, codes of an authenticator app, recovery codes.

django-allauth keeps and checks them; nothing outside this folder imports it.
"""
