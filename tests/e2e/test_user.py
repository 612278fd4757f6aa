# SPDX-License-Identifier: ISC
"""Every program of tests/user, on this machine's Linux and on Braid: the two must print the same.

On one CPU the plain kernel's output is compared with Linux's. On two, four and eight the kernel that
checks its locks runs the same programs, and each of their tests must pass there too.

All programs run in as few boots as possible, one after the other. A machine that dies takes only
the program down that ran on it; the next boot goes on behind it. Before and after each program the
kernel's own counts are read; what it took must have come back.
"""
import os
import re
import signal
import subprocess

import pytest
from support import BUILD, FACTOR, explain, vm

FOLDER = os.path.join(BUILD, "tests")
PROGRAMS = sorted(os.listdir(FOLDER)) if os.path.isdir(FOLDER) else []

# tests/run gives each of these machines a pytest of its own (--machine).
MACHINES = {"1cpu": ["--cpus", "1"]}
MACHINES |= {f"{n}cpus": ["--cpus", str(n), "--check"] for n in (2, 4, 8)}

# What must not grow over a program's run.
COUNTS = ("heap_objects", "files", "inodes", "processes", "threads", "page_tables", "kstacks")

SCRIPT = """
cd /tmp
for program in {programs}; do
    cat /proc/braid/counts > counts
    sed 's/^/@before /' counts
    echo "@start $program"
    /usr/lib/tests/$program < /dev/null
    echo "@exit $?"
    cat /proc/braid/counts > counts
    sed 's/^/@after /' counts
done
"""


class Result:
    """One program's run on Braid."""

    def __init__(self):
        self.output = []
        self.status = None
        self.before = {}
        self.after = {}
        self.machine = None  # how tests/vm ended, where the program's run did not


def parse(text, results):
    """Sort the script's output to the programs; the name of one whose run did not end, or None."""
    before, name = {}, None
    for line in text.splitlines():
        word, _, rest = line.partition(" ")
        if word == "@before":
            count, value = rest.split()
            before[count] = int(value)
        elif word == "@start":
            name = rest
            results[name] = Result()
            results[name].before, before = before, {}
        elif word == "@exit":
            results[name].status = int(rest)
        elif word == "@after":
            count, value = rest.split()
            results[name].after[count] = int(value)
        else:
            results[name].output.append(line)
    return name


@pytest.fixture(scope="session")
def on_braid(request):
    """A function (machine) -> the results of all programs that are wanted there, by name."""
    known = {}

    def results_of(machine):
        if machine not in known:
            wanted = [item.callspec.params["program"] for item in request.session.items
                      if item.path.name == "test_user.py" and hasattr(item, "callspec")
                      and item.callspec.params["machine"] == machine]
            known[machine] = run_programs(list(dict.fromkeys(wanted)), MACHINES[machine])
        return known[machine]
    return results_of


def run_programs(left, options):
    results = {}
    while left:
        script = SCRIPT.format(programs=" ".join(left))
        done = vm("--timeout", "600", *options, "--", script)
        last = parse(done.stdout.decode(errors="replace"), results)
        if done.returncode == 0:
            break
        # The machine died: whose run did not end is to blame, or the first one of this boot.
        blamed = last or left[0]
        results.setdefault(blamed, Result()).machine = explain(done)
        left = left[left.index(blamed) + 1:]
    return results


def fresh_signals():
    """In a child: no signal is ignored, whatever started these tests ignores."""
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)


def on_linux(program):
    done = subprocess.run([os.path.join(FOLDER, program)], stdin=subprocess.DEVNULL, cwd="/tmp",
                          capture_output=True, check=False, timeout=240 * FACTOR,
                          preexec_fn=fresh_signals,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                               "TERM": "dumb"})
    return done.stdout.decode(errors="replace").splitlines(), done.returncode


def grown(before, after):
    """The counts that did not come back."""
    return {name: (before[name], after[name]) for name in COUNTS
            if after.get(name, 0) > before.get(name, 0)}


def test_there_are_programs():
    assert PROGRAMS


def check_run(result):
    """The program's run ended, and what it took came back."""
    assert result.machine is None, result.machine
    assert result.after, "the kernel's counts could not be read"
    assert not grown(result.before, result.after), "counts that did not come back: name: (before, after)"


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("machine", [name for name in MACHINES if name != "1cpu"])
def test_cpus(machine, program, on_braid, part):
    """Each of the program's own tests passes on several CPUs."""
    result = on_braid(machine).get(program, Result())
    for line in result.output:
        match = re.match(r"(ok|FAILED) ([^: ]+)", line)
        if match:
            part(match[2], None if match[1] == "ok" else line)
    check_run(result)
    assert result.status == 0, result.output


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("machine", ["1cpu"])
def test_program(machine, program, on_braid, part):
    """Same lines and same exit status on both; each of the program's own tests passes."""
    linux_lines, linux_status = on_linux(program)
    result = on_braid(machine).get(program, Result())
    for line in linux_lines:
        match = re.match(r"(ok|FAILED) ([^: ]+)", line)
        if match and match[1] == "FAILED":
            part(match[2], f"on Linux: {line}")
        elif match:
            mine = [other for other in result.output
                    if re.match(rf"(ok|FAILED) {re.escape(match[2])}\b", other)]
            part(match[2], None if line in mine else f"on Braid: {mine or 'no result'}")
    check_run(result)
    assert (result.output, result.status) == (linux_lines, linux_status)
