# SPDX-License-Identifier: ISC
"""The scripts of tests/shell and the command lines of tests/tools on Braid, in one boot: what they
print must be what dash and the GNU tools print on this machine's Linux."""
import re
import shutil
import subprocess

import pytest
from support import FACTOR, explain, vm
from test_shell_linux import DASH, SCRIPTS
from test_tools_linux import COMMANDS, make_folder

# Each case runs by itself in a fresh folder, is given no input, and shows its output and status.
RUNNER = """
cd /case
for script in scripts/*.sh; do
    echo "@@ ${script##*/}"
    (cd /tmp; sh "/case/$script") 2>/dev/null </dev/null
    echo "@= $?"
done
i=0
while IFS= read -r command; do
    rm -rf /tmp/work; cp -a folder /tmp/work; cd /tmp/work
    echo "@@ command $i"
    TZ=UTC sh -c "$command" 2>/dev/null </dev/null
    echo "@= $?"
    i=$((i+1))
    cd /case
done <commands
echo "@@ end"
"""


def sort_out(text):
    """The cases of the runner's output: name to (output, status)."""
    cases = {}
    for block in text.split("@@ ")[1:]:
        name, _, rest = block.partition("\n")
        output, found, status = rest.rpartition("@= ")
        cases[name] = (output, int(status)) if found else (rest, None)
    return cases


def run_on_linux(folder, script):
    """The same runner with dash and this machine's tools."""
    binaries = folder.parent / "bin"
    binaries.mkdir()
    (binaries / "sh").symlink_to(DASH)
    scratch = folder.parent / "tmp"
    scratch.mkdir()
    text = re.sub("/case|/tmp", lambda match: str(folder if match[0] == "/case" else scratch), script)
    done = subprocess.run([DASH, "-c", text], capture_output=True, timeout=120 * FACTOR, check=True,
                          env={"PATH": f"{binaries}:/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C"})
    return sort_out(done.stdout.decode(errors="replace"))


@pytest.mark.skipif(not DASH, reason="there is no dash to compare with")
def test_shell_and_tools(tmp_path, part):
    """Every script and every command line is a test of its own."""
    case = tmp_path / "case"
    (case / "scripts").mkdir(parents=True)
    for script in SCRIPTS:
        shutil.copy(script, case / "scripts")
    (case / "folder").mkdir()
    make_folder(case / "folder")
    # GNU's tools need a locale to count characters; ours always know UTF-8.
    commands = [line.replace("; wc -m utf8", "") for line in COMMANDS]
    (case / "commands").write_text("\n".join(commands) + "\n", encoding="utf-8")
    linux = run_on_linux(case, RUNNER)
    extra = tmp_path / "extra"
    shutil.copytree(case, extra / "case", symlinks=True)
    done = vm("--timeout", "240", "--extra", str(extra), "--", "export LC_ALL=C\n" + RUNNER)
    braid = sort_out(done.stdout.decode(errors="replace"))
    assert done.returncode == 0 and "end" in braid, explain(done)
    for name, expected in linux.items():
        found = braid.get(name)
        part(name, None if found == expected else f"on Linux {expected!r}\non Braid {found!r}")
