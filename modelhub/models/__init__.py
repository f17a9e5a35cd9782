"""The rows of the model hub."""

from modelhub.models.assignments import Assignment, AssignmentChange
from modelhub.models.datasets import Dataset, DatasetRow
from modelhub.models.evaluations import Evaluation
from modelhub.models.examples import Example, Feedback
from modelhub.models.offers import Offer
from modelhub.models.predictions import Prediction
from modelhub.models.runs import TrainingRun
from modelhub.models.sentences import SentenceSet
from modelhub.models.versions import BaseModel, ModelVersion

__all__ = [
    "Assignment", "AssignmentChange", "BaseModel", "Dataset", "DatasetRow", "Evaluation", "Example", "Feedback",
    "ModelVersion", "Offer", "Prediction", "SentenceSet", "TrainingRun",
]  # fmt: skip
