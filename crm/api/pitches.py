"""Pitches over the API: asked for, changed sentence by sentence, made ready, sent; the services hold the rules."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from core.models import User
from crm.api.records import RecordViewSet, ScopedFields, expected_version
from crm.models import Claim, Lead, Pitch, PitchSentence
from crm.services import pitches, sending, sentences, subjects, verdicts

ROWS = Pitch.objects.select_related("lead__company", "lead__segment", "contact", "author", "delivery")


class SentenceSerializer(serializers.Serializer):
    """A sentence as it stands now. `verdict` is empty while the verifier has not judged it; `blocks` keeps the pitch from ready."""

    id = serializers.IntegerField(source="sentence.pk")
    position = serializers.IntegerField(source="number")
    paragraph = serializers.IntegerField(source="sentence.paragraph")
    text = serializers.CharField(source="sentence.text")
    verdict = serializers.CharField()
    reasons = serializers.ListField(source="why", child=serializers.CharField())
    judged_by = serializers.CharField(source="by")
    claims = serializers.SerializerMethodField()
    origin = serializers.CharField(source="sentence.origin")
    replaced = serializers.BooleanField(source="sentence.replaced")
    blocks = serializers.BooleanField()

    def get_claims(self, standing: verdicts.Standing) -> list[int]:
        """Ids of the claims it cites."""
        return [claim.pk for claim in standing.claims]


class PitchSerializer(ScopedFields):
    """A pitch. Lead, form, language, tone and length are chosen when it is asked for; then a worker drafts it."""

    language = serializers.ChoiceField(list(pitches.LANGUAGES.items()), required=False)
    delivery = serializers.SerializerMethodField()

    class Meta:
        model = Pitch
        fields = [
            "id", "lead", "contact", "form", "language", "tone", "length", "mention_gaps", "state", "problem", "subject",
            "drafted_by", "notes", "edit_distance", "outcome", "sent_at", "delivery", "version", "created_at", "updated_at",
        ]  # fmt: skip
        read_only_fields = ["state", "problem", "drafted_by", "notes", "edit_distance", "outcome", "sent_at", "lead"]

    def get_delivery(self, pitch: Pitch) -> dict[str, Any] | None:
        """How far the mail came: planned, attempting, sent, failed or ambiguous."""
        row = getattr(pitch, "delivery", None)
        if row is None:
            return None
        state = "ambiguous" if row.unclear else row.state
        return {"state": state, "recipient": row.recipient, "attempts": row.attempts, "error": row.error}


class PitchDetailSerializer(PitchSerializer):
    """A pitch with its sentences; `subject_verdict` is empty while the subject waits to be judged."""

    sentences = serializers.SerializerMethodField()
    subject_verdict = serializers.SerializerMethodField()

    class Meta(PitchSerializer.Meta):
        fields = [*PitchSerializer.Meta.fields, "subject_verdict", "sentences"]

    def get_subject_verdict(self, pitch: Pitch) -> str:
        """How the subject stands as of now; it keeps the pitch from ready like a sentence."""
        return subjects.standing(pitch).verdict

    @extend_schema(responses=SentenceSerializer(many=True))
    def get_sentences(self, pitch: Pitch) -> list[dict[str, Any]]:
        """Sentences in order, each with its verdict as of now."""
        return list(SentenceSerializer(verdicts.of(pitch), many=True).data)


class NewPitchSerializer(PitchSerializer):
    """What is chosen when a pitch is asked for."""

    class Meta(PitchSerializer.Meta):
        fields = ["lead", "contact", "form", "language", "tone", "length", "mention_gaps"]
        read_only_fields: list[str] = []

    def get_fields(self) -> dict[str, Any]:
        """Only leads the caller may edit can be chosen."""
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None and request.user.is_authenticated:
            fields["lead"].queryset = Lead.objects.for_user(request.user, "edit")
        return fields


class WordsSerializer(serializers.Serializer):
    """New words of a sentence, another position, or both are given one at a time."""

    text = serializers.CharField(required=False, max_length=sentences.LONGEST)
    claim = serializers.IntegerField(required=False, min_value=1)
    position = serializers.IntegerField(required=False, min_value=1)
    version = serializers.IntegerField(required=False, min_value=1)


class PitchViewSet(RecordViewSet):
    """`/pitches/`: list, get, create, patch, `sentences/`, and the verbs ready, send, used, outcome."""

    serializer_class = PitchSerializer
    rows = ROWS
    queryset = Pitch.objects.none()
    filterset_fields = ["lead", "state", "form"]
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """Sentences come with a single pitch only."""
        if self.action == "create":
            return NewPitchSerializer
        return PitchSerializer if self.action == "list" else PitchDetailSerializer

    @extend_schema(request=NewPitchSerializer, responses={201: PitchDetailSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Ask for a draft; poll the pitch until its state is no longer `drafting`."""
        data = self.get_serializer(data=request.data)
        data.is_valid(raise_exception=True)
        self.perform_create(data)
        return self._answer(data.instance, status.HTTP_201_CREATED)

    def make(self, user: User, data: dict[str, Any]) -> Pitch:
        """Queue a draft."""
        return pitches.start(data.pop("lead"), by=user, **data)

    def change(self, row: Pitch, user: User, expected: int, data: dict[str, Any]) -> Pitch:
        """Change subject or contact; each counts as a change of words."""
        if data.get("contact"):
            pitches.set_contact(row, data["contact"], by=user, expected=expected)
            expected = row.version
        if "subject" in data:
            pitches.set_subject(row, data["subject"], by=user, expected=expected)
        return self.get_queryset().get(pk=row.pk)

    @extend_schema(request=WordsSerializer, responses={201: PitchDetailSerializer})
    @action(detail=True, methods=["post"], url_path="sentences")
    def add_sentence(self, request: Request, pk: str | None = None) -> Response:
        """Add a sentence: `text`, or `claim` for its words; `position` says behind which one."""
        pitch, data = self.editable(), self._words(request)
        claim = get_object_or_404(Claim.objects.for_user(request.user), pk=data["claim"]) if "claim" in data else None
        sentences.add(
            pitch, by=request.user, expected=expected_version(request), text=data.get("text", ""), claim=claim,
            after=data.get("position"),
        )  # fmt: skip
        return self._answer(pitch, status.HTTP_201_CREATED)

    @extend_schema(request=WordsSerializer, responses={200: PitchDetailSerializer})
    @action(detail=True, methods=["patch", "delete"], url_path=r"sentences/(?P<sentence>\d{1,18})")
    def sentence(self, request: Request, pk: str | None = None, sentence: str = "0") -> Response:
        """Change the words of a sentence, take those of a claim, move it, or remove it."""
        pitch = self.editable()
        row = get_object_or_404(PitchSentence.objects.filter(pitch=pitch).select_related("pitch__lead"), pk=sentence)
        expected, data = expected_version(request), self._words(request)
        if request.method == "DELETE":
            sentences.remove(row, by=request.user, expected=expected)
        elif "text" in data:
            sentences.edit(row, data["text"], by=request.user, expected=expected)
        elif "claim" in data:
            claim = get_object_or_404(Claim.objects.for_user(request.user), pk=data["claim"])
            sentences.rewrite(row, claim, by=request.user, expected=expected)
        elif "position" in data:
            sentences.move(row, data["position"], by=request.user, expected=expected)
        return self._answer(pitch)

    @extend_schema(request=None, responses={200: PitchDetailSerializer})
    @action(detail=True, methods=["post"])
    def ready(self, request: Request, pk: str | None = None) -> Response:
        """Mark ready; 400 names the sentences no claim supports."""
        return self._answer(pitches.make_ready(self.editable(), by=request.user, expected=expected_version(request)))

    @extend_schema(request=None, responses={202: PitchDetailSerializer})
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str | None = None) -> Response:
        """Send the mail of a ready pitch; a second call is refused."""
        pitch = self.editable()
        sending.send(pitch, by=request.user, expected=expected_version(request))
        return self._answer(pitch, status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={200: PitchDetailSerializer})
    @action(detail=True, methods=["post"])
    def used(self, request: Request, pk: str | None = None) -> Response:
        """Say that a call script was used or a one-pager printed."""
        return self._answer(pitches.mark_used(self.editable(), by=request.user, expected=expected_version(request)))

    @action(detail=True, methods=["post"])
    def outcome(self, request: Request, pk: str | None = None) -> Response:
        """Keep what became of it."""
        wanted = str(request.data.get("outcome", ""))
        row = self.editable()
        return self._answer(pitches.set_outcome(row, wanted, by=request.user, expected=expected_version(request)))

    def _answer(self, pitch: Pitch, code: int = status.HTTP_200_OK) -> Response:
        row = self.get_queryset().get(pk=pitch.pk)
        return Response(PitchDetailSerializer(row, context=self.get_serializer_context()).data, status=code)

    def _words(self, request: Request) -> dict[str, Any]:
        data = WordsSerializer(data=request.data)
        data.is_valid(raise_exception=True)
        return data.validated_data
