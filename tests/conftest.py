"""Shared fixtures."""

pytest_plugins = ["tests.services"]
