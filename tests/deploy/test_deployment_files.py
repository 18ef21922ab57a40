"""The files in `deploy/` use settings and roles that exist, and are valid for Kubernetes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import kubernetes_validate
import pytest
import yaml

from bot.settings import Role, Settings

HOUSE = Path(__file__).parents[2]
DEPLOY = HOUSE / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
MANIFESTS = sorted(path for path in KUBERNETES.glob("*.yaml") if path.name not in ("kustomization.yaml", "secret.yaml"))
TEXTS = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.name not in (".env", "secret.yaml"))


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text()))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_a_setting_that_a_file_names_exists(path: Path) -> None:
    named = set(re.findall(r"DUEBOT_([A-Z_]+)", path.read_text()))
    assert {name.lower() for name in named} <= set(Settings.model_fields)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_a_manifest_is_what_kubernetes_takes(path: Path) -> None:
    for document in documents(path):
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)


def test_a_manifest_with_a_mistyped_key_is_noticed() -> None:
    wrong = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "duebot"}, "dta": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


def test_the_kustomization_lists_each_manifest() -> None:
    (kustomization,) = documents(KUBERNETES / "kustomization.yaml")
    listed = {name.replace("secret.yaml", "secret.example.yaml") for name in kustomization["resources"]}
    assert listed == {path.name for path in MANIFESTS}


def test_roles_that_are_started_exist() -> None:
    (compose,) = documents(DEPLOY / "compose.yaml")
    commands = [service.get("command", []) for service in compose["services"].values()]
    for path in MANIFESTS:
        for document in documents(path):
            if document["kind"] == "Deployment":
                commands += [container["args"] for container in document["spec"]["template"]["spec"]["containers"]]
    started = [command[2] for command in commands if command[:2] == ["run", "--role"]]
    assert len(started) == 6
    assert set(started) <= set(get_args(Role))


def test_what_the_image_copies_is_not_ignored() -> None:
    ignored = (HOUSE / ".dockerignore").read_text().split()
    copied = re.findall(r"requirements[a-z-]*\.txt", (DEPLOY / "Dockerfile").read_text())
    assert copied
    for name in (*copied, "pyproject.toml", "README.md", "LICENSE", "bot", "handlers", "locales", "storage"):
        assert (HOUSE / name).exists()
        assert name not in ignored


def test_what_is_installed_with_spans_is_the_same_and_their_packages() -> None:
    def locked(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9-]+==[^ ]+", (HOUSE / name).read_text(), re.MULTILINE))

    plain, with_spans = locked("requirements.txt"), locked("requirements-telemetry.txt")
    assert plain < with_spans
    assert all(re.match(r"opentelemetry-|protobuf=|googleapis-", each) for each in with_spans - plain)
