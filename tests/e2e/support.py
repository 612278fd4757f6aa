# SPDX-License-Identifier: ISC
"""What the end-to-end tests share: tests/vm as a command, waiting, the words of a boot."""
import os
import subprocess
import sys
import time

import pexpect
from pexpect import fdpexpect

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TOP = os.path.dirname(TESTS)
sys.path.insert(0, TESTS)
import machine  # noqa: E402

VM = os.path.join(TESTS, "vm")
BUILD = os.path.join(TOP, "build")
PROMPT = r"braid:\S*# "
FACTOR = machine.time_factor()


def vm(*arguments, stdin=b"", check=None, timeout=None):
    """Run tests/vm; the finished process with bytes. With `check` the status must be that."""
    options = ["--timeout", str(timeout)] if timeout else []
    done = subprocess.run([VM] + options + list(arguments), input=stdin, capture_output=True,
                          check=False)
    if check is not None:
        assert done.returncode == check, explain(done)
    return done


def explain(done):
    return (f"exit status {done.returncode}\nstdout: {done.stdout[-2000:].decode(errors='replace')}"
            f"\nstderr: {done.stderr[-4000:].decode(errors='replace')}")


def run(command, *options, stdin=b""):
    """Standard output of a command on Braid, as text; the command must succeed."""
    return vm(*options, "--", command, stdin=stdin, check=0).stdout.decode()


def serial_shell(vm_machine, timeout=30):
    """A pexpect session at the first prompt on the serial line."""
    child = fdpexpect.fdspawn(vm_machine.serial.fileno(), timeout=timeout * FACTOR)
    child.expect(PROMPT)
    return child


def type_line(child, line, expect, prompt=True):
    """Type a line, wait for its echo, then for `expect`, then for the prompt."""
    child.send(line + "\r")
    child.expect_exact(line)
    child.expect(expect)
    found = child.match
    if prompt:
        child.expect(PROMPT)
    return found


def wait_until(predicate, what, timeout=30):
    """Poll until predicate() gives something true; that is the result."""
    deadline = time.monotonic() + timeout * FACTOR
    while True:
        result = predicate()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {timeout * FACTOR:g} s: {what()}"
                                 if callable(what) else f"did not happen: {what}")
        time.sleep(0.1)


__all__ = ["BUILD", "FACTOR", "PROMPT", "TOP", "VM", "explain", "machine", "pexpect", "run",
           "serial_shell", "type_line", "vm", "wait_until"]
