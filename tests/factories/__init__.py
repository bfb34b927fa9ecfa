"""One factory per model, with few defaults and nothing left to chance."""
