"""The verifier: does a sentence of a pitch follow from the claims it cites? Rules in English and Chinese, no model needed."""

from modelhub.engine.verifier.subjects import unnamed
from modelhub.engine.verifier.verdict import RuleVerifier

__all__ = ["RuleVerifier", "unnamed"]
