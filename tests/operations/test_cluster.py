"""The files for Kubernetes, Prometheus and Grafana fit the code, and are what these programs take."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django.test import Client

from newsdesk.celery import app
from tests.support.processes import ROOT
from tests.support.rows import event
from timeline.operations import counters, metrics

DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
VERSIONS = ("1.29", "1.33")
WORKLOADS = ("Deployment", "Job", "CronJob")


def documents(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text("utf-8")) if one]


def manifests() -> list[tuple[str, dict[str, Any]]]:
    names = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text("utf-8"))["resources"]
    return [(name, one) for name in names for one in documents(KUBERNETES / name)]


def pods() -> list[tuple[str, dict[str, Any]]]:
    """Of each workload its name and the specification of its pods."""
    found = []
    for _, one in manifests():
        if one["kind"] in WORKLOADS:
            spec = one["spec"]["jobTemplate"]["spec"] if one["kind"] == "CronJob" else one["spec"]
            found.append((one["metadata"]["name"], spec["template"]["spec"]))
    return found


def containers() -> list[tuple[str, dict[str, Any]]]:
    return [(name, one) for name, pod in pods() for one in [*pod.get("initContainers", []), *pod["containers"]]]


def test_every_file_is_listed() -> None:
    listed = {name for name, _ in manifests()}
    assert listed == {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}


@pytest.mark.parametrize("version", VERSIONS)
def test_kubernetes_takes_the_manifests(version: str) -> None:
    for _, one in manifests():
        kubernetes_validate.validate(one, version, strict=True)


def test_a_misspelt_manifest_would_be_found() -> None:
    (web,) = [one for _, one in manifests() if (one["kind"], one["metadata"]["name"]) == ("Deployment", "web")]
    web["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(web, VERSIONS[0], strict=True)


def test_nothing_runs_as_root_or_writes_outside_its_volumes() -> None:
    user = re.findall(r"^USER (\d+):\d+$", (DEPLOY / "Containerfile").read_text("utf-8"), re.MULTILINE)
    for name, pod in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert [str(pod["securityContext"]["runAsUser"])] == user, name
        assert pod["automountServiceAccountToken"] is False, name
    for name, one in containers():
        context = one["securityContext"]
        assert context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"], name
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        assert {m["mountPath"] for m in one["volumeMounts"]} >= {"/var/lib/newsdesk", "/tmp"}, name
        assert one["resources"]["limits"]["memory"] and one["resources"]["requests"]["cpu"], name


def test_settings_are_variables_that_newsdesk_reads() -> None:
    known = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "env.example").read_text("utf-8"), re.MULTILINE))
    (given,) = [one["data"] for _, one in manifests() if one["kind"] == "ConfigMap"]
    assert set(given) <= known and all(isinstance(value, str) for value in given.values())
    for name, one in containers():
        assert [next(iter(source.values()))["name"] for source in one["envFrom"]] == ["newsdesk", "newsdesk"], name


def test_there_is_one_clock_and_it_is_never_two_for_long() -> None:
    clocks = [one for _, one in manifests() if one["metadata"]["name"] == "beat"]
    assert [(one["spec"]["replicas"], one["spec"]["strategy"]) for one in clocks] == [(1, {"type": "Recreate"})]
    assert not any(
        one["spec"]["scaleTargetRef"]["name"] == "beat"
        for _, one in manifests()
        if one["kind"] == "HorizontalPodAutoscaler"
    )


def test_what_is_scaled_and_selected_exists() -> None:
    names = {name for name, _ in pods()}
    labels = [one["spec"]["template"]["metadata"]["labels"] for _, one in manifests() if one["kind"] == "Deployment"]
    for _, one in manifests():
        spec = one.get("spec", {})
        if one["kind"] == "HorizontalPodAutoscaler":
            assert spec["scaleTargetRef"]["name"] in names
        selector = spec.get("selector") or spec.get("podSelector") or {}
        wanted = selector.get("matchLabels", selector if one["kind"] == "Service" else {})
        assert not wanted or wanted in labels, one["metadata"]["name"]


def test_probes_are_addresses_that_answer(client: Client) -> None:
    (web,) = [one for name, one in containers() if (name, one["name"]) == ("web", "web")]
    paths = {web[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert paths == {"/healthz", "/readyz"}
    assert client.get("/healthz", headers={"host": "10.1.2.3:8000"}).status_code == 200, "a probe names no host"


# --- Prometheus and Grafana ---------------------------------------------------------------------


def rules() -> list[dict[str, Any]]:
    (one,) = documents(DEPLOY / "prometheus" / "newsdesk.rules.yaml")
    return [rule for group in one["groups"] for rule in group["rules"]]


def dashboard() -> list[dict[str, Any]]:
    return list(json.loads((DEPLOY / "grafana" / "newsdesk.json").read_text("utf-8"))["panels"])


def expressions() -> list[str]:
    drawn = [target["expr"] for panel in dashboard() for target in panel["targets"]]
    return [rule["expr"] for rule in rules()] + drawn


def test_rules_and_dashboard_ask_for_metrics_that_there_are(
    client: Client, transactional_db: None, broker: object
) -> None:
    """Counters appear with their first count, so that each is counted once here."""
    counters.server.cache_clear()
    event("one", ["GB"], "2026-12-01")
    for name in metrics.COUNTED:
        counters.count(name, outcome="success")
    counters.observe("newsdesk_task_seconds", 0.1, task="resolve")
    text = client.get("/metrics").content.decode()
    shown = set(re.findall(r"^(newsdesk_\w+)", text, re.MULTILINE))
    asked = {name for expression in expressions() for name in re.findall(r"newsdesk_\w+", expression)}
    assert asked - shown == set()
    assert len(asked) > 12


def test_labels_and_tasks_that_are_asked_for_exist() -> None:
    app.loader.import_default_modules()
    tasks = {name.removeprefix("timeline.tasks.") for name in app.tasks if name.startswith("timeline.")}
    asked = {name for expression in expressions() for name in re.findall(r'task="(\w+)"', expression)}
    assert asked and asked <= tasks


def test_every_alert_says_what_to_do_and_how_urgent_it_is() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket"), rule["alert"]
        assert len(rule["annotations"]["summary"]) > 30, rule["alert"]


def test_panels_do_not_overlap() -> None:
    taken = set[tuple[int, int]]()
    for panel in dashboard():
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken and at["x"] + at["w"] <= 24, panel["title"]
        taken |= cells
