"""deploy/k8s/base as kustomize builds it: resources with their patches, as far as this base uses it."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

BASE = Path(__file__).parents[2] / "deploy/k8s/base"

Object = dict[str, Any]
_MERGED_BY = {"containers": ("name",), "volumes": ("name",), "volumeMounts": ("mountPath",), "env": ("name",)}
"""Lists that a strategic merge joins, by the member that names an item; other lists are replaced."""


def built() -> list[Object]:
    """Every object of the base, patched."""
    told = _read(BASE / "kustomization.yaml")[0]
    objects = [each for name in told["resources"] for each in _read(BASE / name)]
    for patch in told["patches"]:
        (content,) = _read(BASE / patch["path"])
        for each in _targets(objects, patch["target"]):
            spec = {"spec": content["spec"]}
            each.update(_merged(each, spec))
    return objects


def of_kind(objects: Iterable[Object], kind: str) -> dict[str, Object]:
    """Those of one kind, by name."""
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}


def pod_of(workload: Object) -> Object:
    """The pod that a Deployment or a Job runs."""
    return workload["spec"]["template"]


def container_of(workload: Object) -> Object:
    """Its one container."""
    (container,) = pod_of(workload)["spec"]["containers"]
    return container


def _read(path: Path) -> list[Object]:
    return list(yaml.safe_load_all(path.read_text("utf-8")))


def _targets(objects: Iterable[Object], target: Mapping[str, str]) -> list[Object]:
    name, _, value = target.get("labelSelector", "").partition("=")
    return [
        each
        for each in objects
        if each["kind"] == target["kind"] and (not name or each["metadata"]["labels"].get(name) == value)
    ]


def _merged(old: Any, new: Any, name: str = "") -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        both = {key: _merged(old[key], new[key], key) if key in old else new[key] for key in new}
        return {**old, **both}
    if isinstance(old, list) and name in _MERGED_BY:
        keys = _MERGED_BY[name]
        found = {tuple(item[key] for key in keys): item for item in old}
        for item in new:
            place = tuple(item[key] for key in keys)
            found[place] = _merged(found[place], item) if place in found else item
        return list(found.values())
    return new
