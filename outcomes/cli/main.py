"""The commands of `python -m outcomes`: one place that knows them all, one that runs them."""

import argparse
import sys
from collections.abc import Callable, Sequence

from outcomes.cli import analyse, backup, import_, instruments, keys, mail, release, remind, setup, upkeep
from outcomes.settings import Settings

ROOMS = (setup, import_, instruments, analyse, upkeep, mail, remind, backup, keys, release)


def parser() -> argparse.ArgumentParser:
    """Return the parser with every command; each command's handler stands in `run`."""
    root = argparse.ArgumentParser(
        prog="python -m outcomes", description="Change in people treated with FMT for ME/CFS, told from noise."
    )
    subparsers = root.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for room in ROOMS:
        room.add_commands(subparsers)
    return root


def commands() -> tuple[str, ...]:
    """Return the names of all commands."""
    for action in parser()._actions:  # noqa: SLF001 - argparse offers no public list
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            return tuple(action.choices)
    return ()


def run(argv: Sequence[str], read_settings: Callable[[], Settings]) -> int:
    """Run one command with the settings of the environment.

    Returns:
        0 when it did what was asked, 2 when the input was refused, 1 for anything else.
    """
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments, read_settings()))
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
