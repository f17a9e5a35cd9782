"""Turn what services raise into plain API answers."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.services.edits import Stale


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer 409 to a stale version and 400 to a refused value; everything else as DRF does."""
    if isinstance(error, Stale):
        return Response({"detail": str(error)}, status=409)
    if isinstance(error, ValidationError):
        detail = error.message_dict if hasattr(error, "error_dict") else {"detail": " ".join(error.messages)}
        return Response(detail, status=400)
    return exception_handler(error, context)
