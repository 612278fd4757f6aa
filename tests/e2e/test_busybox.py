# SPDX-License-Identifier: ISC
"""Debian's busybox-static, unmodified: its applets give the same bytes on Braid as on Linux."""
import itertools
import os
import shutil
import subprocess

import pytest
from support import TESTS, explain, vm

SCRIPT = os.path.join(TESTS, "e2e", "applets.sh")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/root", "TERM": "dumb"}


def sections(output):
    """The script's output as a dict of section names to lines."""
    result, name = {}, "start"
    for line in output.split(b"\n"):
        if line.startswith(b"== "):
            name = line[3:].decode()
        result.setdefault(name, []).append(line)
    return result


def difference(linux, braid):
    """The first lines that differ, or None."""
    for mine, theirs in itertools.zip_longest(braid or [], linux):
        if mine != theirs:
            return f"Linux: {theirs}\nBraid: {mine}"
    return None


def test_applets(tmp_path, part):
    """Each section of applets.sh, compared byte for byte."""
    (tmp_path / "linux").mkdir()
    linux = subprocess.run(["/bin/busybox", "sh", SCRIPT], cwd=tmp_path / "linux", check=True,
                           env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
    extra = tmp_path / "extra" / "applets"
    extra.mkdir(parents=True)
    shutil.copy(SCRIPT, extra)
    done = vm("--extra", str(extra.parent), "--",
              "cd /applets && exec busybox sh applets.sh 2>&1")
    expected, got = sections(linux.stdout.replace(SCRIPT.encode(), b"applets.sh")), sections(
        done.stdout)
    for name, lines in expected.items():
        part(name, difference(lines, got.get(name)))
    assert len(expected) >= 40
    assert done.returncode == 0, explain(done)


@pytest.mark.parametrize("command", [
    r"busybox sh -c 'seq 1 100000 | grep 7 | sort -rn | head -3 | wc -c; echo \$?'",
    r"busybox sh -c 'seq 1 100000 | grep 7 | sort -rn | head -3 | wc -c; echo $?'",
    "busybox dd if=/dev/zero bs=64k count=256 2>/dev/null | busybox sha256sum",
    "busybox seq 30000 | busybox sort -r | busybox sort -n | busybox md5sum",
])
def test_pipelines(command):
    """Whole pipelines, under our shell, against Linux's."""
    linux = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=True,
                           env=ENVIRONMENT)
    assert vm("--", command, check=linux.returncode).stdout == linux.stdout
