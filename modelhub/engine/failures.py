"""The one kind of failure the engine raises on purpose: a message a person can act on, in one line."""

from __future__ import annotations


class EngineError(Exception):
    """Something outside the code is wrong (a file, a row, too little memory). `str()` is one plain line."""


class PackError(EngineError):
    """A base model could not be fetched, checked, converted or loaded."""


class ArtifactError(EngineError):
    """A stored version is changed, unknown, incomplete, or too big for this machine."""


class RoomError(ArtifactError):
    """Memory or disk is short, or cannot be written, just now: the same may work later."""


class DatasetError(EngineError):
    """A row of a data file cannot be used; the message names the file and the row."""


class TrainingError(EngineError):
    """The data given cannot train a model."""
