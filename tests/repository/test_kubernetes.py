"""deploy/k8s: each role of each service runs as docker-compose.yml runs the service, and may do nothing more."""

import importlib
from typing import Any, Final

import pytest
import yaml
from tests.repository.compose import ROOT, Contained
from tests.repository.kubernetes import BASE, Object, built, container_of, of_kind, pod_of

OBJECTS: Final = built()
DEPLOYMENTS: Final = of_kind(OBJECTS, "Deployment")
JOBS: Final = of_kind(OBJECTS, "Job")
SETTINGS: Final = of_kind(OBJECTS, "ConfigMap")
WORKLOADS: Final = DEPLOYMENTS | JOBS
NAME, ROLE = "app.kubernetes.io/name", "app.kubernetes.io/component"

POD: Final = {
    "automountServiceAccountToken", "containers", "enableServiceLinks", "restartPolicy", "securityContext",
    "terminationGracePeriodSeconds", "volumes",
}  # fmt: skip
CONTAINER: Final = {
    "args", "env", "envFrom", "image", "livenessProbe", "name", "ports", "readinessProbe", "resources",
    "securityContext", "startupProbe", "volumeMounts",
}  # fmt: skip
SERVICES: Final = {"accounts": "SERVICE", "exchange": "EXCHANGE"}


def labels(each: Object) -> tuple[str, str]:
    told = each["metadata"]["labels"]
    return told[NAME], told[ROLE]


def selects(selector: dict[str, Any], pod: Object) -> bool:
    return selector.items() <= pod["metadata"]["labels"].items()


def roles_of(service: str) -> set[str]:
    return set(getattr(importlib.import_module(f"lienthong.{service}.__main__"), SERVICES[service]).duties)


def test_every_role_of_every_service_has_one_deployment_and_its_tables_a_job() -> None:
    wanted = {(service, role) for service in SERVICES for role in roles_of(service)}
    assert {labels(each) for each in DEPLOYMENTS.values()} == wanted
    assert {labels(each) for each in JOBS.values()} == {(service, "migrate") for service in SERVICES}


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_runs_its_role_as_nobody_with_rights(name: str) -> None:
    workload = WORKLOADS[name]
    service, role = labels(workload)
    assert name == f"{service}-{role}"
    pod, container = pod_of(workload)["spec"], container_of(workload)
    assert (pod.keys() - POD, container.keys() - CONTAINER) == (set(), set()), "misspelt, or new here"
    assert container["args"] == ["python", "-m", f"lienthong.{service}", role]
    assert (pod["automountServiceAccountToken"], pod["terminationGracePeriodSeconds"]) == (False, 35)
    assert (pod["securityContext"]["runAsNonRoot"], pod["securityContext"]["runAsUser"]) == (True, 1000)
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert container["resources"]["limits"].keys() == {"memory"}
    assert {each["name"] for each in container["volumeMounts"]} == {each["name"] for each in pod["volumes"]}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_deployment_is_asked_whether_it_lives_and_is_ready_and_finds_its_own_pods(name: str) -> None:
    deployment, container = DEPLOYMENTS[name], container_of(DEPLOYMENTS[name])
    asked = {kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")}
    live, ready = {"path": "/health/live", "port": "http"}, {"path": "/health/ready", "port": "http"}
    assert asked == {"startup": live, "liveness": live, "readiness": ready}
    assert container["ports"] == [{"name": "http", "containerPort": 8000}]
    assert deployment["spec"]["selector"]["matchLabels"] == pod_of(deployment)["metadata"]["labels"]


@pytest.mark.parametrize("name", WORKLOADS)
def test_settings_are_those_of_compose_and_nothing_secret_is_among_them(name: str) -> None:
    service, _ = labels(WORKLOADS[name])
    container = container_of(WORKLOADS[name])
    given: dict[str, str] = {}
    for each in container["envFrom"]:
        given |= SETTINGS[each["configMapRef"]["name"]]["data"]
    (dsn,) = container["env"]
    assert dsn == {
        "name": "LIENTHONG_POSTGRES",
        "valueFrom": {"secretKeyRef": {"name": f"{service}-database", "key": "dsn"}},
    }
    compose = Contained.read()[service].told["environment"]
    assert {*given, dsn["name"]} == set(compose)
    same = {"LIENTHONG_ENVIRONMENT", "LIENTHONG_KAFKA", "LIENTHONG_ANCHORS", "LIENTHONG_HTTP_PORT", "LIENTHONG_RUN_DIR"}
    assert {each: given[each] for each in same} == {each: compose[each] for each in same}
    mounted = [each["mountPath"] for each in container["volumeMounts"]]
    for setting, value in given.items():
        places = [part.split(":")[-1] for part in value.replace("?certificate=", " ").split() if "/keys/" in part]
        assert all(any(place.startswith(f"{each}/") or place == each for each in mounted) for place in places), setting


def test_secrets_are_named_and_never_here() -> None:
    assert of_kind(OBJECTS, "Secret") == {}
    readme = (BASE.parent / "README.md").read_text("utf-8")
    named: set[str] = set()
    for each in WORKLOADS.values():
        for volume in pod_of(each)["spec"]["volumes"]:
            named |= {volume["secret"]["secretName"]} if "secret" in volume else set()
            named |= {volume["configMap"]["name"]} if "configMap" in volume else set()
    assert [name for name in sorted(named) if f"`{name}`" not in readme] == []
    claimed = {
        volume["persistentVolumeClaim"]["claimName"]
        for each in WORKLOADS.values()
        for volume in pod_of(each)["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    }
    assert claimed == of_kind(OBJECTS, "PersistentVolumeClaim").keys()


def test_services_lead_to_the_front_doors_alone() -> None:
    for name, each in of_kind(OBJECTS, "Service").items():
        found = [pod for pod, one in DEPLOYMENTS.items() if selects(each["spec"]["selector"], pod_of(one))]
        assert found == [f"{name}-api"]


def test_who_has_several_pods_keeps_one_while_nodes_are_emptied() -> None:
    several = {name for name, each in DEPLOYMENTS.items() if each["spec"]["replicas"] > 1}
    budgets = of_kind(OBJECTS, "PodDisruptionBudget")
    assert budgets.keys() == several
    for name, each in budgets.items():
        assert each["spec"]["minAvailable"] == 1
        assert each["spec"]["selector"]["matchLabels"] == DEPLOYMENTS[name]["spec"]["selector"]["matchLabels"]


def test_nothing_is_reached_and_reaches_anything_but_what_is_named() -> None:
    policies = of_kind(OBJECTS, "NetworkPolicy")
    shut = policies["nothing-else"]["spec"]
    assert shut == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for each in policies.values():
        for way in each["spec"].get("ingress", []):
            assert way["from"], "from somewhere named"
            assert way["ports"] == [{"port": "http", "protocol": "TCP"}]
    assert policies["front-doors"]["spec"]["podSelector"]["matchLabels"] == {ROLE: "api"}


def test_the_readme_says_that_no_cluster_has_seen_it() -> None:
    assert "never met a cluster" in (BASE.parent / "README.md").read_text("utf-8")
    kinds = {each["kind"] for each in OBJECTS}
    assert kinds == {
        "Namespace", "ConfigMap", "PersistentVolumeClaim", "NetworkPolicy", "Deployment", "Job", "Service",
        "PodDisruptionBudget",
    }  # fmt: skip
    listed = set(yaml.safe_load((BASE / "kustomization.yaml").read_text("utf-8"))["resources"])
    patches = {each["path"] for each in yaml.safe_load((BASE / "kustomization.yaml").read_text("utf-8"))["patches"]}
    assert listed | patches | {"kustomization.yaml"} == {path.name for path in BASE.iterdir()}
    assert (ROOT / "deploy/k8s").is_dir()
