# SPDX-License-Identifier: ISC
"""What stands behind `make run` and `make debug`, used at a terminal."""
import os
import shutil
import subprocess
import sys

import pexpect
import pytest
from support import FACTOR, PROMPT, TESTS, TOP

RUN = [os.path.join(TESTS, "machine.py"), "run"]
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name not in ("DISPLAY", "WAYLAND_DISPLAY")}


def at_terminal(*options):
    child = pexpect.spawn("/usr/bin/python3", RUN + list(options), cwd=TOP, timeout=30 * FACTOR,
                          env=ENVIRONMENT)
    child.expect("Ctrl-A X")
    child.expect(PROMPT)
    return child


def test_run_and_power_off():
    """The shell is on the terminal, with the memory, CPUs and words that were asked for."""
    child = at_terminal("--mem", "256M", "--cpus", "2", "--args", "log=debug")
    child.send("cat /proc/cmdline; grep MemTotal /proc/meminfo\r")
    child.expect(r"log=debug\s")
    child.expect(r"MemTotal: +(\d+) kB")
    assert 200_000 < int(child.match[1]) <= 262_144
    child.send("poweroff\r")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_reboot_starts_again():
    child = at_terminal()
    child.send("reboot\r")
    child.expect(PROMPT)
    child.send("\x01x")
    child.expect(pexpect.EOF)


def test_control_a_x_ends_it():
    child = at_terminal()
    child.send("\x01x")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


@pytest.mark.skipif(not shutil.which("gdb"), reason="gdb is not installed")
def test_debugger():
    """gdb stops in the kernel, and its helpers read the kernel's structures."""
    commands = ("hbreak process_exec\ncontinue\nprocesses\nthreads\nthread-bt 1\n"
                "pagetable $rip\nkill\nquit\n")
    done = subprocess.run([sys.executable, os.path.join(TESTS, "machine.py"), "debug"],
                          input=commands, text=True, capture_output=True, check=False, cwd=TOP,
                          timeout=60 * FACTOR, env=ENVIRONMENT)
    for words in ("Breakpoint 1, process_exec", "alive         1", "reaper", "dead threads",
                  "kernel/sched/sched.c", "present", "physical 0x"):
        assert words in done.stdout, done.stdout + done.stderr
