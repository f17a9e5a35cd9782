"""The work of the sales side, by job kind."""
