"""What the invented vendor's admin did in the hub: a dataset of corrections, a run, a version promoted, one rolled back."""
