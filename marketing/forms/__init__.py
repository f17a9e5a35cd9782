"""Forms of the marketing side."""
