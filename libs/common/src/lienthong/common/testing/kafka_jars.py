"""Apache Kafka's jars, fetched once by Maven, and a class-data archive that halves the broker's start."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lienthong.common.testing.daemon import plain_environment
from lienthong.common.testing.errors import MissingTool, ServersError
from lienthong.common.testing.layout import cache_folder, local_settings, lock_file, short_hash

_OLDEST_JAVA = 17
_FETCH_TIMEOUT = 900


@dataclass(frozen=True, slots=True)
class Java:
    """The Java that runs the broker."""

    program: Path
    home: Path

    @property
    def fingerprint(self) -> str:
        """Names this build of Java: a class-data archive fits only the build that wrote it."""
        library = self.home / "lib" / "server" / "libjvm.so"
        stamp = library.stat().st_mtime_ns if library.exists() else self.program.stat().st_mtime_ns
        return short_hash(str(self.home), str(stamp))


def find_java() -> Java:
    """The Java of JAVA_HOME or the PATH. Raises MissingTool without one, ServersError if it is too old for Kafka 4."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin" if home else None) or shutil.which("java")
    if found is None:
        raise MissingTool("java", "to run Kafka")
    program = Path(found).resolve()
    java = Java(program, program.parent.parent)
    major = java_version(java)
    if major is not None and major < _OLDEST_JAVA:
        raise ServersError(
            f"Kafka 4 needs Java {_OLDEST_JAVA} or newer, {program} is Java {major}. "
            "Install it with: apt-get install openjdk-17-jre-headless"
        )
    return java


def java_version(java: Java) -> int | None:
    """The major version by the `release` file every JDK and JRE carries (no process needed), None if there is none."""
    release = java.home / "release"
    if not release.exists():
        return None
    for line in release.read_text("utf-8").splitlines():
        if line.startswith("JAVA_VERSION="):
            return int(line.partition("=")[2].strip('"').split(".")[0].split("-")[0])
    return None


@dataclass(frozen=True, slots=True)
class Jars:
    """One complete set of the broker's jars."""

    folder: Path

    @property
    def class_path(self) -> str:
        """The jars in a fixed order: the class-data archive is refused with any other."""
        return os.pathsep.join(str(jar) for jar in sorted(self.folder.glob("*.jar")))

    def archive(self, java: Java) -> Path:
        """Where the class-data archive for this Java lies, made or not."""
        return self.folder / f"classes-{java.fingerprint}.jsa"


def fetch_jars() -> Jars:
    """The jars of deploy/local/pom.xml from the cache; Maven fetches them if they are not there yet.

    A set is renamed into place when complete, so a fetch that was interrupted leaves nothing that looks like one.
    Raises MissingTool without Maven, ServersError if it fails.
    """
    pom = local_settings() / "pom.xml"
    folder = cache_folder() / f"kafka-{short_hash(pom.read_text('utf-8'))}"
    if folder.is_dir():
        return Jars(folder)
    with lock_file(folder.with_suffix(".lock")):
        if not folder.is_dir():
            draft = folder.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            _run_maven(pom, draft)
            draft.rename(folder)
    return Jars(folder)


def _run_maven(pom: Path, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise MissingTool("mvn", "to fetch Kafka's jars (only once)")
    command = [maven, "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    environment = {**os.environ, **plain_environment()}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=_FETCH_TIMEOUT)  # noqa: S603
    if done.returncode != 0 or not any(folder.glob("kafka_*.jar")):
        raise ServersError(
            f"Maven could not fetch Kafka's jars ({done.returncode}):\n{done.stdout[-3000:]}{done.stderr[-1000:]}"
        )
