"""How the rows of the outbox reach their receivers: signed POSTs, and mails."""
