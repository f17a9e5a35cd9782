"""The house itself: teams, five people, segments, pipelines."""

from __future__ import annotations

from core.models import Segment, Team, User
from crm.models import Pipeline, Stage

PEOPLE = (
    ("mira", "Mira Okafor", User.Role.REP, "Europe", ""),
    ("lin", "林悦", User.Role.REP, "Asia", "zh-hans"),
    ("paula", "Paula Reyes", User.Role.MANAGER, "Europe", ""),
    ("elena", "Elena Costa", User.Role.MARKETER, "Europe", ""),
    ("tomas", "Tomas Novak", User.Role.ADMIN, "", ""),
)
Condition = tuple[str, str, object]
SEGMENTS: tuple[tuple[str, str, str, str, tuple[Condition, ...]], ...] = (
    ("dach", "DACH", "德语区", "", (("country", "in", ["DE", "AT", "CH"]),)),
    ("dach-industry", "DACH, industry", "德语区制造业", "dach", (("industry", "in", ["Manufacturing", "Pharma"]),)),
    ("uk-ireland", "UK and Ireland", "英国与爱尔兰", "", (("country", "in", ["GB", "IE"]),)),
    ("uk-public", "UK, public sector", "英国公共部门", "uk-ireland", (("industry", "is", "Public sector"),)),
    ("uk-regulated", "UK, regulated", "英国受监管行业", "uk-ireland",
     (("industry", "in", ["Banking", "Insurance", "Financial services", "Healthcare", "Law"]),)),
    ("china", "China", "中国", "", (("country", "in", ["CN", "HK"]),)),
    ("china-healthcare", "China, healthcare", "中国医疗", "china", (("industry", "in", ["Healthcare", "Pharma"]),)),
    ("china-finance", "China, finance", "中国金融", "china",
     (("industry", "in", ["Banking", "Insurance", "Financial services"]),)),
    ("north-america", "North America", "北美", "", (("country", "in", ["US", "CA"]),)),
    ("nordics", "Nordics", "北欧", "", (("country", "in", ["SE", "NO", "DK", "FI"]),)),
)  # fmt: skip
# key, English, Chinese, kind, probability, expected days, colour, confirmed requirements needed
Step = tuple[str, str, str, str, int, int, str, int]
PIPELINES: dict[str, tuple[str, str, tuple[Step, ...]]] = {
    "new": ("New business", "新业务", (
        ("new", "New", "新线索", "open", 10, 7, "#8fa3ad", 0),
        ("qualified", "Qualified", "已确认", "open", 25, 14, "#6b9bb0", 0),
        ("fit", "Solution fit", "方案匹配", "open", 45, 21, "#3f86a0", 1),
        ("pilot", "Pilot", "试用", "open", 65, 35, "#0b6a83", 1),
        ("contract", "Contract", "合同", "open", 85, 28, "#08546a", 1),
        ("won", "Won", "赢单", "won", 100, 0, "#1b7541", 0),
        ("lost", "Lost", "输单", "lost", 0, 0, "#b02a21", 0),
    )),
    "growth": ("Existing customers", "老客户", (
        ("signal", "Signal", "有意向", "open", 30, 14, "#8fa3ad", 0),
        ("proposal", "Proposal", "方案报价", "open", 60, 21, "#3f86a0", 0),
        ("won", "Won", "赢单", "won", 100, 0, "#1b7541", 0),
        ("lost", "Lost", "输单", "lost", 0, 0, "#b02a21", 0),
    )),
}  # fmt: skip


def people() -> dict[str, User]:
    """Make the five people; they enter by the buttons of the sign-in page and have no password."""
    made = {}
    for key, name, role, team, language in PEOPLE:
        user = User(
            email=f"{key}@northlight.example", name=name, role=role, language=language, sample=True,
            team=Team.objects.get_or_create(name=team)[0] if team else None,
        )  # fmt: skip
        user.set_unusable_password()
        user.save()
        made[key] = user
    return made


def segments() -> dict[str, Segment]:
    """Make the tree of segments."""
    made: dict[str, Segment] = {}
    for position, (key, name_en, name_zh, parent, conditions) in enumerate(SEGMENTS):
        rows = [{"field": name, "op": op, "value": value} for name, op, value in conditions]
        made[key] = Segment.objects.create(
            key=key,
            name_en=name_en,
            name_zh=name_zh,
            parent=made.get(parent),
            conditions=rows,
            position=position,
            sample=True,
        )
    return made


def pipelines() -> dict[tuple[str, str], Stage]:
    """Make the two pipelines; return their stages by (pipeline, stage) key, in order."""
    made: dict[tuple[str, str], Stage] = {}
    for position, (key, (name_en, name_zh, steps)) in enumerate(PIPELINES.items()):
        pipeline = Pipeline.objects.create(name_en=name_en, name_zh=name_zh, position=position, sample=True)
        for at, (stage, stage_en, stage_zh, kind, probability, days, colour, confirmed) in enumerate(steps):
            made[key, stage] = Stage.objects.create(
                pipeline=pipeline, name_en=stage_en, name_zh=stage_zh, kind=kind, probability=probability,
                expected_days=days, colour=colour, position=at, confirmed_needed=confirmed,
            )  # fmt: skip
    return made
