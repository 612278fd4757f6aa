# SPDX-License-Identifier: ISC
"""The coroutine library with this machine's own C library: it must build and pass its tests there.

The programs of build/tests are linked with our libc; here the same sources are compiled with the
host's headers and linked with its library.
"""
import glob
import os
import subprocess

from support import FACTOR, TOP


def test_coroutines_with_the_hosts_libc(tmp_path):
    program = tmp_path / "coroutine"
    library = os.path.join(TOP, "libc", "coroutine")
    tests = os.path.join(TOP, "tests", "user")
    sources = glob.glob(library + "/*.c") + glob.glob(library + "/*.S")
    subprocess.run(
        ["gcc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-I", library, "-I", tests,
         "-o", str(program), *sources, tests + "/libc_coroutine.c", tests + "/harness.c", "-lpthread"],
        check=True)
    run = subprocess.run([str(program)], stdout=subprocess.PIPE, timeout=120 * FACTOR, check=False)
    assert run.returncode == 0, run.stdout.decode()
