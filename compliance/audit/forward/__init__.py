"""The audit log on its way to a SIEM: at least once, in the order of the log, from where
each receiver was left. docs/siem.md says what arrives.
"""
