"""An invented AI vendor in the middle of its quarter: believable rows, dated relative to today, removable in one go."""
