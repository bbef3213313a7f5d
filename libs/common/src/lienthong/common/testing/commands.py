"""`python -m lienthong.common.testing prepare | up | down | status | run -- COMMAND…`: for people and make."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

from lienthong.common.testing.addresses import Servers
from lienthong.common.testing.errors import ServersError
from lienthong.common.testing.kafka_settings import ListenerFiles
from lienthong.common.testing.servers import lease, prepare, release, servers, start, status, stop

_NOT_RUNNING = 3
_INTERRUPTED = 130
_STOPS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers its exit code: 0 done, 1 failed (said in plain words), 3 nothing runs (status)."""
    options = _parser().parse_args(arguments)
    for number in _STOPS:
        signal.signal(number, _interrupt)
    try:
        return options.act(options)
    except (ServersError, ValueError) as error:
        print(f"lienthong: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def _up(options: argparse.Namespace) -> int:
    if not options.foreground:
        _tell(start(options.folder, listener=_listener(options)), options)
        return 0
    with servers(options.folder, listener=_listener(options)) as running, suppress(KeyboardInterrupt):
        _tell(running, options)
        threading.Event().wait()
    return 0


def _prepare(options: argparse.Namespace) -> int:
    prepare(options.folder)
    return 0


def _down(options: argparse.Namespace) -> int:
    stop(options.folder)
    return 0


def _status(options: argparse.Namespace) -> int:
    running = status(options.folder)
    if running is None:
        print("not running", file=sys.stderr)
        return _NOT_RUNNING
    _tell(running, options)
    return 0


def _run(options: argparse.Namespace) -> int:
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise ServersError("run needs a command: python -m lienthong.common.testing run -- COMMAND…")
    running = lease(options.folder, listener=_listener(options))
    try:
        child = subprocess.Popen(command, env={**os.environ, **running.environment()})  # noqa: S603
        try:
            return child.wait()
        except KeyboardInterrupt:
            child.terminate()
            return child.wait(timeout=30)
    finally:
        release(options.folder)


def _tell(running: Servers, options: argparse.Namespace) -> None:
    if options.json:
        more = {"source": running.source, "kafka_pid": running.kafka_pid, "postgres_pid": running.postgres_pid}
        print(json.dumps({**running.environment(), **more}), flush=True)
    else:
        print("\n".join(f"{name}={value}" for name, value in running.environment().items()), flush=True)


def _listener(options: argparse.Namespace) -> ListenerFiles | None:
    given = (options.broker_pem, options.agencies_anchors, options.broker_anchors)
    if not any(given):
        return None
    if not all(given):
        raise ServersError("--broker-pem, --agencies-anchors and --broker-anchors are given together or not at all")
    return ListenerFiles(*(path.absolute() for path in given))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # An exception, so that whatever is half started is stopped on the way out; once, so that the stop is not cut short
    # by an impatient second signal.
    for number in _STOPS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--folder", type=Path, default=Path(".lienthong"), help="data folder (default: .lienthong)")
    common.add_argument("--json", action="store_true", help="addresses as one JSON object instead of settings lines")
    listener = argparse.ArgumentParser(add_help=False)
    listener.add_argument("--broker-pem", type=Path, help="key, certificate and chain of the agencies' listener")
    listener.add_argument("--agencies-anchors", type=Path, help="authorities of the agencies' client certificates")
    listener.add_argument("--broker-anchors", type=Path, help="authorities by which clients check the broker")

    parser = argparse.ArgumentParser(prog="python -m lienthong.common.testing", description=__doc__)
    commands = parser.add_subparsers(required=True)
    up = commands.add_parser("up", parents=[common, listener], help="find or start the servers and leave them running")
    up.add_argument("--foreground", action="store_true", help="stay, and stop them on Ctrl-C or SIGTERM")
    run = commands.add_parser("run", parents=[common, listener], help="run a command with servers, then stop them")
    run.add_argument("command", nargs=argparse.REMAINDER)
    acts: list[tuple[Any, Any]] = [(up, _up), (run, _run)]
    acts.append((commands.add_parser("prepare", parents=[common], help="fetch what the servers need, once"), _prepare))
    acts.append((commands.add_parser("down", parents=[common], help="stop the servers; their data stay"), _down))
    acts.append((commands.add_parser("status", parents=[common], help="print the addresses if they run"), _status))
    for command, act in acts:
        command.set_defaults(act=act)
    return parser
