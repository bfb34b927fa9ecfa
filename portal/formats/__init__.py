"""How dates are put, by language; Django reads them (FORMAT_MODULE_PATH)."""
