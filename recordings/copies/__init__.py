"""The copy of their own calls for somebody who asks (GDPR Art. 15(3) and 20).

docs/access-copy.md tells what is in it, what is withheld, and how it reaches the person.
"""
