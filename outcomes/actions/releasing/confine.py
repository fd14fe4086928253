"""The walls of the safe room: run as a program of its own, which shuts itself in and then runs a script.

`python -I confine.py FOLDER` may read FOLDER/data and the Python it runs on, may write FOLDER/out, and nothing else:
Landlock closes the file system, a seccomp filter every socket, signal and debugger; limits bound time, memory and
files. Where the kernel offers neither, nothing is run. Linux alone; it imports nothing of the house.
"""

import ctypes
import os
import platform
import resource
import runpy
import struct
import sys
from pathlib import Path

REFUSED = 71
CPU_SECONDS, MEMORY, LARGEST_FILE, FILES = 60, 2 << 30, 1 << 20, 64

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ALL_OF_ABI_1 = (1 << 13) - 1
EXECUTE, WRITE, READ, LIST, MAKE_FILE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 8
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, FILTER_MODE = 22, 38, 2
LOAD, EQUAL, GIVE = 0x20, 0x15, 0x06
ALLOW, DENY, KILL = 0x7FFF0000, 0x00050001, 0x80000000
SOCKETS_AND_OTHERS = {
    # socket, socketpair, kill, tkill, tgkill, rt_sigqueueinfo, ptrace, process_vm_readv and _writev, io_uring_setup,
    # pidfd_open, prlimit64, execve, execveat, keyctl, bpf, mount, setns, unshare
    "x86_64": (41, 53, 62, 200, 234, 129, 101, 310, 311, 425, 434, 302, 59, 322, 250, 321, 165, 308, 272),
    "aarch64": (198, 199, 129, 130, 131, 138, 117, 270, 271, 425, 434, 261, 221, 281, 219, 280, 40, 268, 97),
}
CHANGES_OF_FILES = {
    # truncate, chmod, fchmodat, fchmodat2, chown, lchown, fchownat, and setting or removing attributes
    "x86_64": (76, 90, 268, 452, 92, 94, 260, 188, 189, 197, 198),
    "aarch64": (45, 53, 452, 54, 5, 6, 14, 15),
}
MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


class NotConfined(OSError):  # noqa: N818 - what is the case
    """The kernel offers no walls."""


def _checked(result: int) -> int:
    if result < 0:
        raise NotConfined(ctypes.get_errno(), "no walls")
    return result


def limit() -> None:
    """Bound time, memory, files and their size."""
    for kind, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def close_files(libc: ctypes.CDLL, folder: Path) -> None:
    """Let nothing be opened but the data, the place of results, and what Python itself is made of."""
    handled = struct.pack("Q", ALL_OF_ABI_1)
    rules = _checked(libc.syscall(CREATE_RULESET, handled, len(handled), 0))
    own = {sys.prefix, sys.base_prefix, "/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom"}
    reading = [(place, READ | LIST) for place in sorted({*own, str(folder / "data"), str(folder / "script.py")})]
    for place, rights in (*reading, (str(folder / "out"), READ | LIST | WRITE | MAKE_FILE)):
        if Path(place).exists():
            _let(libc, rules, place, rights)
    _checked(libc.syscall(RESTRICT_SELF, rules, 0))


def _let(libc: ctypes.CDLL, rules: int, place: str, rights: int) -> None:
    opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
    allowed = rights if Path(place).is_dir() else rights & (READ | WRITE)
    rule = struct.pack("=Qi", allowed, opened)
    _checked(libc.syscall(ADD_RULE, rules, 1, rule, 0))
    os.close(opened)


def close_doors(libc: ctypes.CDLL) -> None:
    """Refuse sockets, signals to others, debuggers and other programs."""
    name = platform.machine()
    if name not in MACHINES:
        raise NotConfined(0, "unknown machine")
    machine, calls = MACHINES[name], (*SOCKETS_AND_OTHERS[name], *CHANGES_OF_FILES[name])
    steps = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, machine), (GIVE, 0, 0, KILL), (LOAD, 0, 0, 0)]
    for number in calls:
        steps += [(EQUAL, 0, 1, number), (GIVE, 0, 0, DENY)]
    steps += [(0x35, 0, 1, 0x40000000), (GIVE, 0, 0, KILL), (GIVE, 0, 0, ALLOW)]  # other ways of numbering calls
    program = b"".join(struct.pack("HBBI", *step) for step in steps)
    held = ctypes.create_string_buffer(program)
    filtered = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(held))
    _checked(libc.prctl(PR_SET_SECCOMP, FILTER_MODE, filtered, 0, 0))


def confine(folder: Path) -> None:
    """Shut this process in, for good.

    Raises:
        NotConfined: the kernel offers no walls.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    limit()
    _checked(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    close_files(libc, folder)
    close_doors(libc)


def main() -> int:
    """Shut this process in and run the script."""
    folder = Path(sys.argv[1]).resolve()
    os.chdir(folder)
    try:
        confine(folder)
    except (NotConfined, ValueError, OSError):
        return REFUSED
    sys.argv = ["script.py"]
    runpy.run_path(str(folder / "script.py"), run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
