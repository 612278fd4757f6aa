# SPDX-License-Identifier: ISC
"""Our small tools on this machine's Linux, against the GNU tools of the same names.

Each line of tests/tools/commands.txt runs twice in equal folders; standard output and the exit
status must be the same. Standard error is compared only for whether there is any.
"""
import os
import pathlib
import shutil
import subprocess

import pytest
from support import BUILD, FACTOR, TOP

TOOLS = ("cat echo wc grep egrep fgrep sort ls cp mv rm mkdir rmdir ln touch head tee yes seq env kill "
         "sleep true false pwd").split()
OURS = os.path.join(BUILD, "user")
COMMANDS = [line for line in
            pathlib.Path(TOP, "tests", "tools", "commands.txt").read_text(encoding="utf-8").split("\n")
            if line and not line.startswith("#")]

FILES = {
    "numbers": "10\n9\n100\n1\n22\n-3\n0\n9\n",
    "words": "apple\nbanana\ncherry\napp\nband an\n",
    "letters": "c\na\nb\n",
    "mixed": "b\nA\na\nB\n_c\nC-d\ncd\n",
    "gaps": "one\n\n\n\ntwo\n\nthree",
    "dots": "a.c\nabc\naac\nb\n.\n",
    "fields": "x:beta:3\ny:alpha:20\nz:beta:1\na:alpha:3\n",
    "spaced": "one  3\ntwo 10\nthree   2\nfour 3 x\nfive\n",
    "decimals": "1.5\n-2\n1.25\n0.5\n-0.75\n10\nx\n.5\n  7\n007\n",
    "sizes": "1K\n500\n2M\n1.5K\n1G\n3k\n",
    "utf8": "\u00e4\u00f6\u00fc\u20ac\n",
    "empty": "",
    "big": "x" * 123456,
    "words2": "w\n",
    ".hidden": "h\n",
    "dir/file": "deep inside\nx\n",
    "dir/deep/other": "deeper\n",
}


def make_folder(path):
    for name, text in FILES.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    (path / "link").symlink_to("words")
    (path / "old").write_text("old\n", encoding="utf-8")
    os.utime(path / "old", (1000000000, 1000000000))


def run(command, folder, binaries):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    make_folder(folder)
    environment = {"PATH": f"{binaries}:/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C", "TZ": "UTC"}
    return subprocess.run(["/bin/sh", "-c", command], env=environment, cwd=folder, input=b"",
                          capture_output=True, timeout=30 * FACTOR, check=False)


@pytest.fixture(scope="module", name="binaries")
def fixture_binaries(tmp_path_factory):
    """A folder with our tools under their names."""
    folder = tmp_path_factory.mktemp("bin")
    for tool in TOOLS:
        real = os.path.join(OURS, "grep" if tool.endswith("grep") else tool)
        if not os.path.exists(real):
            pytest.skip(f"build/user/{tool} is not built")
        (folder / tool).symlink_to(real)
    return folder


@pytest.mark.parametrize("command", COMMANDS, ids=lambda text: text.split()[0] + ":" +
                         str(COMMANDS.index(text)))
def test_same_as_gnu(command, binaries, tmp_path):
    if "utf8" in command:
        # GNU's counts characters only in a locale that has them.
        command = command.replace("wc -m", "LC_ALL=C.UTF-8 wc -m")
    folder = tmp_path / "work"
    theirs = run(command, folder, "/usr/bin")
    ours = run(command, folder, binaries)
    assert ours.stdout.decode(errors="replace") == theirs.stdout.decode(errors="replace"), \
        ours.stderr.decode(errors="replace")
    assert ours.returncode == theirs.returncode
    assert bool(ours.stderr) == bool(theirs.stderr)
