# SPDX-License-Identifier: ISC
"""Clocks as programs of others see them."""
import os
import re
import shutil
import subprocess

import pytest
from support import explain, vm

READER = r"""
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long ns(struct timespec t) { return t.tv_sec * 1000000000ll + t.tv_nsec; }

static long long library(int clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return ns(t);
}

static long long call(int clock)
{
    struct timespec t;
    syscall(SYS_clock_gettime, clock, &t);
    return ns(t);
}

/* Reads by the library only; "set" moves the wall clock and compares with what the kernel says. */
int main(int argc, char **argv)
{
    long long last = 0, now;
    for (int i = 0; i < 1000; i++, last = now) {
        struct timeval day;
        if ((now = library(CLOCK_MONOTONIC)) < last || gettimeofday(&day, NULL) || time(NULL) < 1)
            return 1;
    }
    if (sched_getcpu() < 0)
        return 2;
    if (argc > 1) {
        struct timespec then = {2000000000, 500000000};
        long long before = library(CLOCK_MONOTONIC);
        if (clock_settime(CLOCK_REALTIME, &then))
            return 3;
        long long a = library(CLOCK_REALTIME), b = call(CLOCK_REALTIME), c = library(CLOCK_REALTIME);
        if (a < ns(then) || b < a || c < b || c - ns(then) > 10000000000ll)
            return 4;
        if (library(CLOCK_MONOTONIC) - before > 10000000000ll)
            return 5;
    }
    puts("ok");
    return 0;
}
"""


@pytest.fixture(scope="module")
def readers(tmp_path_factory):
    """READER with this machine's glibc, linked statically and dynamically, with what the latter needs."""
    folder = tmp_path_factory.mktemp("readers")
    (folder / "reader.c").write_text(READER)
    tree = folder / "extra"
    (tree / "lib64").mkdir(parents=True)
    (tree / "lib" / "x86_64-linux-gnu").mkdir(parents=True)
    for name, flag in (("static", "-static"), ("dynamic", "-pie")):
        subprocess.run(["gcc", "-O1", "-w", flag, "-o", tree / name, folder / "reader.c"], check=True)
    shutil.copy("/lib64/ld-linux-x86-64.so.2", tree / "lib64")
    shutil.copy("/lib/x86_64-linux-gnu/libc.so.6", tree / "lib" / "x86_64-linux-gnu")
    return str(tree)


@pytest.mark.skipif(not os.path.exists("/usr/lib/x86_64-linux-gnu/libc.a"),
                    reason="no static glibc on this machine")
def test_glibc_uses_the_vdso(readers):
    """Thousands of readings, and not one system call that reads a clock."""
    done = vm("--log", "--args", "strace=1", "--extra", readers, "--", "/static && /dynamic", check=0)
    assert b"exit_group(0)" in done.stderr, explain(done)
    calls = re.findall(rb"\b(?:clock_gettime|gettimeofday|time|getcpu)\(.*", done.stderr)
    assert done.stdout == b"ok\nok\n" and not calls, calls


@pytest.mark.skipif(not os.path.exists("/usr/lib/x86_64-linux-gnu/libc.a"),
                    reason="no static glibc on this machine")
def test_wall_clock_is_set_at_once(readers):
    """clock_settime: vDSO and system call show the new time; the monotonic clock goes on."""
    done = vm("--extra", readers, "--cpus", "2", "--", "/static set", check=0)
    assert done.stdout == b"ok\n"


COUNTERS = {"tsc": "the TSC", "hpet": "the HPET", "acpi": "the ACPI timer", "pit": "the PIT"}


@pytest.mark.parametrize("name", COUNTERS)
def test_clock_word(name, part):
    """clock=NAME: that counter is the clock; time goes forward on four CPUs, sleeps take as long as asked."""
    done = vm("--log", "--cpus", "4", "--timeout", "120", "--args", f"clock={name} selftest", "--",
              "/usr/lib/tests/time; /usr/lib/tests/vdso")
    log = done.stderr.decode(errors="replace")
    assert f"clock: {COUNTERS[name]}, TSC at" in log, explain(done)
    for verdict, test in re.findall(r"^(ok|FAILED) ([^:\n]+)", done.stdout.decode(), re.M):
        part(test, None if verdict == "ok" else explain(done))
    assert re.search(r"selftest: \d+ passed, 0 failed", log), explain(done)
    assert done.returncode == 0, explain(done)


def test_clock_that_is_not_there():
    """A counter that the machine lacks, or a word that means none, is reported; the TSC serves."""
    done = vm("--log", "--qemu", "-machine hpet=off", "--args", "clock=hpet clock=sundial", "--", "true", check=0)
    log = done.stderr.decode(errors="replace")
    assert "clock=hpet: there is none" in log, explain(done)
    assert "clock=sundial: value not understood" in log, explain(done)
    assert re.search(r"clock: the TSC, TSC at [\d.]+ MHz by the ACPI timer", log), explain(done)
