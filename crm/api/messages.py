"""Messages over the API: taken in once by external id, listed, and shown with what was read in them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Lead, Message, Quote, Requirement
from crm.services import intake

TYPED = [choice for choice in Message.Channel.choices if choice[0] != Message.Channel.FILE]


class CompanyHintSerializer(serializers.Serializer):
    """What the sender says of their company; enough to find or make it."""

    name = serializers.CharField(required=False, allow_blank=True, max_length=160)
    domain = serializers.CharField(required=False, allow_blank=True, max_length=120)
    industry = serializers.CharField(required=False, allow_blank=True, max_length=60)
    employees = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=2_000_000_000)
    country = serializers.CharField(required=False, allow_blank=True, max_length=2)
    region = serializers.CharField(required=False, allow_blank=True, max_length=60)
    language = serializers.CharField(required=False, allow_blank=True, max_length=10)


class ContactHintSerializer(serializers.Serializer):
    """Who wrote."""

    name = serializers.CharField(required=False, allow_blank=True, max_length=120)
    email = serializers.EmailField(required=False, allow_blank=True)
    phone = serializers.CharField(required=False, allow_blank=True, max_length=40)
    title = serializers.CharField(required=False, allow_blank=True, max_length=120)
    language = serializers.CharField(required=False, allow_blank=True, max_length=10)


class MessageIntakeSerializer(serializers.Serializer):
    """A message from outside. With `lead` it goes there; else it is matched, and with `create` what is missing is made."""

    text = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    html = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False, help_text="Used without text."
    )
    channel = serializers.ChoiceField(TYPED, default=Message.Channel.MAIL)
    subject = serializers.CharField(required=False, allow_blank=True, max_length=300)
    external_id = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=250,
        help_text="Your id or the Message-ID; the same one is stored once.",
    )
    sent_at = serializers.DateTimeField(required=False)
    outgoing = serializers.BooleanField(default=False, help_text="Sent by us: kept, never read.")
    lead = serializers.IntegerField(required=False, min_value=1)
    company = CompanyHintSerializer(required=False)
    contact = ContactHintSerializer(required=False)
    title = serializers.CharField(required=False, allow_blank=True, max_length=200, help_text="Of a new lead.")
    source = serializers.CharField(required=False, allow_blank=True, max_length=60, help_text="Of a new lead.")
    create = serializers.BooleanField(default=False, help_text="Make company, contact and lead where none fits.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse a message without words."""
        if not any(str(attrs.get(name, "")).strip() for name in ("text", "html", "subject")):
            raise ValidationError({"text": [_("The message is empty. Nothing was stored; write or paste some text.")]})
        return attrs


class QuoteSerializer(serializers.ModelSerializer):
    """A stretch of a message: `text == message.text[start:end]`, offsets in characters."""

    class Meta:
        model = Quote
        fields = ["message", "start", "end", "text", "by_person"]


class ReasonSerializer(serializers.Serializer):
    """A word that carried a need, and its weight."""

    text = serializers.CharField()
    weight = serializers.FloatField()


class RequirementSerializer(serializers.ModelSerializer):
    """A need of a lead with the words that carry it; `version` must come along with a change."""

    need = serializers.SlugRelatedField(slug_field="key", read_only=True)
    facet = serializers.CharField(source="need.facet", read_only=True)
    quotes = QuoteSerializer(many=True, read_only=True)
    reasons = serializers.SerializerMethodField()

    class Meta:
        model = Requirement
        fields = [
            "id", "lead", "need", "facet", "status", "priority", "probability", "reasons", "read_by", "quotes", "version",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ReasonSerializer(many=True))
    def get_reasons(self, row: Requirement) -> list[dict[str, Any]]:
        """The words, strongest first."""
        return [{"text": text, "weight": weight} for text, weight in row.reasons]


class QuestionSerializer(serializers.Serializer):
    """A question worth asking next."""

    part = serializers.CharField()
    text = serializers.CharField()
    gain = serializers.FloatField()


class ClaritySerializer(serializers.Serializer):
    """How much the message makes known: score 0–1, known parts with their place in the text, missing parts."""

    score = serializers.FloatField()
    known = serializers.DictField(child=serializers.ListField(child=serializers.IntegerField()))
    missing = serializers.ListField(child=serializers.CharField())


class MessageSerializer(serializers.ModelSerializer):
    """A message and what was read in it; `state` says whether it was read yet."""

    clarity = serializers.SerializerMethodField()
    questions = QuestionSerializer(many=True, read_only=True)
    requirements = serializers.SerializerMethodField()
    problem = serializers.CharField(source="problem_told", read_only=True)

    class Meta:
        model = Message
        fields = [
            "id", "lead", "contact", "channel", "outgoing", "subject", "text", "file_name", "external_id", "sent_at", "state",
            "problem", "language", "sure", "clarity", "questions", "requirements", "read_by", "read_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ClaritySerializer(allow_null=True))
    def get_clarity(self, row: Message) -> dict[str, Any] | None:
        """The reading's, or null before it."""
        return row.clarity or None

    @extend_schema_field(RequirementSerializer(many=True))
    def get_requirements(self, row: Message) -> Any:
        """Standing requirements of the lead that quote this message."""
        found = {quote.requirement_id: quote.requirement for quote in row.quotes.all()}
        standing = [req for req in found.values() if req.status != Requirement.Status.DECLINED]
        return RequirementSerializer(standing, many=True).data


class MessageViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """`/messages/`: list, get, post. A message is never changed."""

    serializer_class = MessageSerializer
    queryset = Message.objects.none()
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[Message]:
        """Messages of the leads the user reads; `?lead=`, `?state=` and `?channel=` narrow them."""
        rows = Message.objects.for_user(self.request.user).prefetch_related(
            "quotes__requirement__need", "quotes__requirement__quotes"
        )
        asked = self.request.query_params
        lead = asked.get("lead", "")
        if lead:
            rows = rows.filter(lead_id=int(lead)) if lead.isdecimal() and len(lead) < 19 else rows.none()
        for name in ("state", "channel"):
            if asked.get(name):
                rows = rows.filter(**{name: asked[name]})
        return rows

    @extend_schema(
        parameters=[
            OpenApiParameter("lead", OpenApiTypes.INT), OpenApiParameter("state", enum=Message.State.values),
            OpenApiParameter("channel", enum=Message.Channel.values),
        ]
    )  # fmt: skip
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List messages, newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=MessageIntakeSerializer, responses={200: MessageSerializer, 201: MessageSerializer})
    def create(self, request: Request) -> Response:
        """Take a message in: 201 with the new one, 200 with the stored one where its external id is known."""
        asked = MessageIntakeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        if "lead" in values:
            values["lead"] = get_object_or_404(Lead.objects.for_user(request.user), pk=values["lead"])
            self._check_edit(values["lead"])
        values["company"] = intake.CompanyHint(**values.get("company", {}))
        values["contact"] = intake.ContactHint(**values.get("contact", {}))
        result = intake.take(intake.IntakeData(make=values.pop("create"), **values), by=request.user)
        answer = self.get_serializer(self.get_queryset().get(pk=result.message.pk))
        return Response(answer.data, status=status.HTTP_201_CREATED if result.created else status.HTTP_200_OK)

    def _check_edit(self, lead: Lead) -> None:
        if not Lead.objects.for_user(self.request.user, "edit").filter(pk=lead.pk).exists():
            self.permission_denied(self.request, message=_("You may read this lead, not add to it."))
