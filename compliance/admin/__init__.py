"""The admin site of the law book: every model, each under its verb."""
