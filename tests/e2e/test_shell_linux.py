# SPDX-License-Identifier: ISC
"""Our shell on this machine's Linux: scripts against dash.

tests/shell/*.sh print what they find out; dash and our shell must print the same and end with the
same status. Standard error is not compared: messages are worded differently.
"""
import os
import pathlib
import shutil
import subprocess

import pytest
from support import BUILD, FACTOR, TOP

SHELL = os.path.join(BUILD, "user", "sh")
DASH = shutil.which("dash")
SCRIPTS = sorted(pathlib.Path(TOP, "tests", "shell").glob("*.sh"))

pytestmark = pytest.mark.skipif(not os.path.exists(SHELL), reason="build/user/sh is not built")


@pytest.fixture(name="as_sh")
def fixture_as_sh(tmp_path):
    """A function that runs a script with one shell, which also answers to the name sh."""

    def run(shell, script, stdin=b""):
        folder = tmp_path / os.path.basename(shell)
        folder.mkdir(exist_ok=True)
        link = folder / "sh"
        if not link.exists():
            link.symlink_to(shell)
        environment = {"PATH": f"{folder}:/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C"}
        done = subprocess.run([str(link)] + script, env=environment, cwd=tmp_path, input=stdin,
                              capture_output=True, timeout=60 * FACTOR, check=False)
        return done.stdout.decode(errors="replace"), done.returncode

    return run


@pytest.mark.skipif(not DASH, reason="there is no dash to compare with")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script, as_sh):
    assert as_sh(SHELL, [str(script)]) == as_sh(DASH, [str(script)])


@pytest.mark.parametrize("text, output, status", [
    (b"read x\nthis line\necho got $x\n", "got this line\n", 0),
    (b"cat\nthe rest\nis data\n", "the rest\nis data\n", 0),
    (b"echo a; exit 3; echo b\n", "a\n", 3),
    (b"if true\nthen echo joined \\\nline\nfi", "joined line\n", 0),
])
def test_stdin_is_shared(text, output, status, as_sh):
    """The shell reads no further than its command: the rest is for what the command starts."""
    assert as_sh(SHELL, [], text) == (output, status)


def test_no_fork_for_one_command(as_sh):
    """sh -c COMMAND becomes the command where nothing is left to do after it."""
    text = 'echo $$; exec sh -c "sh -c \'echo \\$PPID\'"'
    out, status = as_sh(SHELL, ["-c", 'echo $$; /bin/sh -c \'echo $$\''])
    assert status == 0 and len(set(out.split())) == 1, text + out


def test_no_zombies(as_sh):
    """Helpers and background jobs are reaped as the script goes on."""
    out, _ = as_sh(SHELL, ["-c", """
        i=0; while [ $i -lt 20 ]; do true & i=$((i+1)); done; wait
        cat /proc/[0-9]*/stat 2>/dev/null | awk -v p=$$ '$4 == p && $3 == "Z"' | wc -l"""])
    assert out.strip() == "0"
