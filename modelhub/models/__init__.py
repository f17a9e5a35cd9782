"""The rows of the model hub."""

from modelhub.models.assignments import Assignment
from modelhub.models.evaluations import Evaluation
from modelhub.models.examples import Example, Feedback
from modelhub.models.predictions import Prediction
from modelhub.models.versions import BaseModel, ModelVersion

__all__ = ["Assignment", "BaseModel", "Evaluation", "Example", "Feedback", "ModelVersion", "Prediction"]
