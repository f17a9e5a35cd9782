"""How a test works a training run of the tiny encoder, and asks for something midway; its fixtures are in conftest."""

from core.models import Job
from core.services import jobs
from modelhub.services import run_work

FINETUNE = {"epochs": 3, "batch": 8, "rate": 2e-3, "head_rate": 1e-2, "steps": 20, "folds": 2, "held": 0.2, "seed": 1}
LINEAR = {"steps": 20, "folds": 2}


def work():
    """Work the training alone; what it asks for afterwards stays in the queue."""
    return [jobs._run(claimed) for claimed in iter(lambda: _claim(), [])]


def _claim():
    job = Job.objects.filter(kind="hub.train", state="queued").first()
    if job is None:
        return []
    Job.objects.exclude(kind="hub.train").filter(state="queued").update(queue="aside")
    return jobs.claim("ml")


def wish_at(monkeypatch, share, wish):
    """Ask for something once a run is that far."""
    usual, asked = run_work.Watcher.told, []

    def told(self, point):
        if not asked and point.of and point.step >= share * point.of:
            asked.append(wish(self.run))
        usual(self, point)

    monkeypatch.setattr(run_work.Watcher, "told", told)
