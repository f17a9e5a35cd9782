"""People, teams, segments, needs, tokens, audit and jobs in the admin."""

from __future__ import annotations

import json
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm

from core.admin_base import HouseAdmin, ReadOnlyAdmin, sign_in, sign_out
from core.admin_forms import NeedForm, PersonAddForm, PersonForm, SegmentForm
from core.audit_words import verb_word
from core.models import ApiToken, AuditEntry, Job, Need, Segment, Team, User
from core.services import audit, jobs, tokens

for foreign in (Group, EmailAddress, Authenticator):  # rights come from the role; the rest people keep themselves
    admin.site.unregister(foreign)
admin.site.login = sign_in  # type: ignore[method-assign, assignment]
admin.site.logout = sign_out  # type: ignore[method-assign, assignment]


@admin.register(User)
class PersonAdmin(HouseAdmin, UserAdmin):
    """People. Role and team decide what they see; who left is switched off, so that their work keeps its name."""

    form, add_form, change_password_form = PersonForm, PersonAddForm, AdminPasswordChangeForm
    list_display = ("name", "email", "role", "team", "is_active", "last_login")
    list_filter = ("role", "team", "is_active")
    list_select_related = ("team",)
    search_fields = ("name", "email")
    ordering = ("name",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("name", "email", "password", ("role", "team"), "is_active")}),
        (gettext_lazy("Their own settings"), {"fields": (("language", "time_zone", "theme"),)}),
        (gettext_lazy("Times"), {"fields": (("last_login", "date_joined"),)}),
    )
    add_fieldsets = (
        (None, {"fields": ("name", "email", "role", "team", "usable_password", "password1", "password2")}),
    )
    actions = ["remove_second_factor"]

    @admin.action(description=gettext_lazy("Remove the second factor (lost phone)"))
    def remove_second_factor(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let the chosen people sign in with their password alone, until they set up a new one."""
        for user in queryset:
            removed, _rows = Authenticator.objects.filter(user=user).delete()
            if removed:
                audit.record("remove second factor", user, by=request.user)  # type: ignore[arg-type]
                messages.success(request, _("%(name)s signs in with the password alone now.") % {"name": user})

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody is deleted; audit, pitches and corrections name their people."""
        return False


@admin.register(Team)
class TeamAdmin(HouseAdmin):
    """People who share leads."""

    list_display = ("name", "people")
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        """Teams with how many belong to them."""
        return Team.objects.annotate(people=Count("members"))

    @display(description=gettext_lazy("people"))
    def people(self, row: Any) -> int:
        """How many belong to it."""
        return int(row.people)


@admin.register(Segment)
class SegmentAdmin(HouseAdmin):
    """The tree of segments. A lead belongs to the deepest one whose conditions hold."""

    form = SegmentForm
    list_display = ("indented", "key", "shown_conditions", "position")
    search_fields = ("key", "name_en", "name_zh")
    autocomplete_fields = ("parent",)
    prepopulated_fields = {"key": ("name_en",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Segment]:
        """With what stands above, for the indent."""
        return super().get_queryset(request).select_related("parent__parent__parent")

    @display(description=gettext_lazy("segment"), ordering="position")
    def indented(self, row: Segment) -> str:
        """The name with what stands above it."""
        way = [row]
        while way[0].parent and len(way) < 4:
            way.insert(0, way[0].parent)
        return " › ".join(segment.name for segment in way)

    @display(description=gettext_lazy("conditions"))
    def shown_conditions(self, row: Segment) -> str:
        """The conditions in one line."""
        text = "; ".join(f"{one['field']} {one['op']} {_spelled(one['value'])}" for one in row.conditions)
        return text or _("every lead of the segment above")


def _spelled(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@admin.register(Need)
class NeedAdmin(HouseAdmin):
    """The needs the reader finds. A new one is learned from its description and examples."""

    form = NeedForm
    list_display = ("key", "name_en", "name_zh", "facet", "active", "examples")
    list_filter = ("facet", "active")
    search_fields = ("key", "name_en", "name_zh")
    autocomplete_fields = ("parent",)
    prepopulated_fields = {"key": ("name_en",)}
    fieldsets = (
        (None, {"fields": ("key", ("facet", "parent"), ("active", "position"))}),
        (gettext_lazy("English"), {"fields": ("name_en", "description_en", "examples_en")}),
        (gettext_lazy("Chinese"), {"fields": ("name_zh", "description_zh", "examples_zh")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A need is switched off; requirements and examples name it."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The key stays once it is there: models name it."""
        return ("key",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """Only for a new need."""
        return {} if obj else {"key": ("name_en",)}

    @display(description=gettext_lazy("examples"))
    def examples(self, row: Need) -> str:
        """How many in each language."""
        return f"en {len(row.examples_en)}, zh {len(row.examples_zh)}"


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Tokens of all people; people make their own on the account page, an admin may revoke them."""

    list_display = ("name", "user", "prefix", "read_only", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_filter = ("read_only", "revoked_at")
    search_fields = ("name", "user__email", "user__name")
    list_select_related = ("user",)
    exclude = ("digest",)
    actions = ["revoke"]

    @admin.action(description=gettext_lazy("Revoke"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        """Make the chosen tokens useless from now on."""
        for token in queryset.filter(revoked_at=None):
            tokens.revoke(token, by=request.user)  # type: ignore[arg-type]
            messages.success(request, _("%(token)s no longer works.") % {"token": token})


def _noun_word(noun: str) -> str:
    """Name what an entry is about as its model does, in the reader's language; what has no model any more as it stands."""
    model = next((model for model in apps.get_models() if model._meta.model_name == noun), None)
    return str(model._meta.verbose_name) if model else noun


class VerbFilter(admin.SimpleListFilter):
    """What was done."""

    title, parameter_name = gettext_lazy("what"), "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every verb that was written down."""
        verbs = AuditEntry.objects.order_by().values_list("verb", flat=True).distinct()
        return sorted(((verb, verb_word(verb)) for verb in verbs), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Only the chosen verb."""
        return queryset.filter(verb=self.value()) if self.value() else queryset


class NounFilter(admin.SimpleListFilter):
    """What the entries are about."""

    title, parameter_name = gettext_lazy("noun"), "noun"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every noun that was written down."""
        nouns = AuditEntry.objects.order_by().values_list("noun", flat=True).distinct()
        return sorted(((noun, _noun_word(noun)) for noun in nouns), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        """Only the chosen noun."""
        return queryset.filter(noun=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditAdmin(ReadOnlyAdmin):
    """Who changed what, when, from what to what."""

    list_display = ("at", "actor", "shown_verb", "shown_noun", "label", "reason")
    list_filter = (VerbFilter, NounFilter, "at")
    search_fields = ("label", "object_id", "actor__name", "request_id")
    list_select_related = ("actor",)
    date_hierarchy = "at"
    list_per_page = 50
    fields = (
        "at",
        "actor",
        "shown_verb",
        "shown_noun",
        "object_id",
        "label",
        "shown_before",
        "shown_after",
        "reason",
        "request_id",
    )

    @display(description=gettext_lazy("what"), ordering="verb")
    def shown_verb(self, row: AuditEntry) -> str:
        """The verb in the reader's words."""
        return verb_word(row.verb)

    @display(description=gettext_lazy("noun"), ordering="noun")
    def shown_noun(self, row: AuditEntry) -> str:
        """The noun in the reader's words: that of its model, or as it stands where no model has it."""
        return _noun_word(row.noun)

    @display(description=gettext_lazy("before"))
    def shown_before(self, row: AuditEntry) -> SafeString:
        """What it was."""
        return _json(row.before)

    @display(description=gettext_lazy("after"))
    def shown_after(self, row: AuditEntry) -> SafeString:
        """What it became."""
        return _json(row.after)


class KindFilter(admin.SimpleListFilter):
    """Kinds of jobs by what they do."""

    title, parameter_name = gettext_lazy("kind"), "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every kind a worker knows."""
        return sorted(((kind, jobs.label_of(kind)) for kind in jobs.KINDS), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Job]) -> QuerySet[Job]:
        """Only the chosen kind."""
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """The queue of record."""

    group = "jobs"
    list_display = ("id", "shown_kind", "queue", "state", "done", "total", "attempts", "by", "run_at", "finished_at")
    list_filter = ("state", KindFilter, "queue")
    search_fields = ("kind", "error", "request_id")
    list_select_related = ("by",)
    exclude = ("lease_token",)
    actions = ["cancel"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Admins; the others have the page Jobs."""
        return isinstance(request.user, User) and request.user.is_staff

    @display(description=gettext_lazy("kind"), ordering="kind")
    def shown_kind(self, row: Job) -> str:
        """What it does, in words."""
        return jobs.label_of(row.kind)

    @admin.action(description=gettext_lazy("Cancel"))
    def cancel(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Cancel the chosen jobs that have not ended."""
        count = sum(jobs.cancel(job, by=request.user) for job in queryset)  # type: ignore[arg-type]
        messages.success(request, _("%(count)d cancelled.") % {"count": count})


def _json(value: Any) -> SafeString:
    return format_html("<pre>{}</pre>", json.dumps(value, ensure_ascii=False, indent=1))
