"""Drafters: one composes from claims by rule, the others let a model write and judge what it wrote."""
