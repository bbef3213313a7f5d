"""The test vectors in the tree are what their index says, and the script in the tree makes just these."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.vectors.evidence.make import FOLDER, Vector, make

from lienthong.common.evidence import StepOutcome, verify_evidence
from lienthong.common.signing import TrustStore, load_certificates

pytestmark = pytest.mark.requirement("N5")

INDEX: list[dict[str, Any]] = json.loads((FOLDER / "index.json").read_text("utf-8"))


def found(file: bytes, anchors: Path) -> dict[str, Any]:
    report = verify_evidence(io.BytesIO(file), TrustStore(load_certificates(anchors)))
    last = report.taken[-1]
    good = last.outcome is StepOutcome.GOOD
    return {"exit_code": report.exit_code, "step": None if good else last.step.value, "reason": last.reason}


@pytest.mark.parametrize("line", INDEX, ids=[each["file"] for each in INDEX])
def test_a_vector_is_judged_as_its_index_says(line: dict[str, Any]) -> None:
    expected = {name: line[name] for name in ("exit_code", "step", "reason")}
    assert found((FOLDER / line["file"]).read_bytes(), FOLDER / "anchors.pem") == expected


def test_the_script_makes_these_vectors(tmp_path: Path) -> None:
    """With fresh keys; so what they are is compared, not their bytes."""
    anchor, vectors = make()
    (tmp_path / "anchors.pem").write_bytes(anchor)
    assert [line_of(each) for each in vectors] == INDEX
    for each in vectors:
        expected = {"exit_code": each.exit_code, "step": each.step, "reason": each.reason}
        assert found(each.file, tmp_path / "anchors.pem") == expected, each.name
    assert sorted(path.name for path in FOLDER.glob("*.zip")) == sorted(line["file"] for line in INDEX)
    assert sum(line["exit_code"] != 0 for line in INDEX) > len(INDEX) / 2, "mostly bad ones"


def line_of(each: Vector) -> dict[str, Any]:
    told = {"file": f"{each.name}.zip", "about": each.about, "exit_code": each.exit_code}
    return told | {"step": each.step, "reason": each.reason}
