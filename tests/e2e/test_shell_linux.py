# SPDX-License-Identifier: ISC
"""Our shell on this machine's Linux: scripts against dash, and typing at a pseudo-terminal.

tests/shell/*.sh print what they find out; dash and our shell must print the same and end with the
same status. Standard error is not compared: messages are worded differently.
"""
import os
import pathlib
import shutil
import subprocess

import pexpect
import pytest
from support import BUILD, FACTOR, TOP

SHELL = os.path.join(BUILD, "user", "sh")
DASH = shutil.which("dash")
SCRIPTS = sorted(pathlib.Path(TOP, "tests", "shell").glob("*.sh"))
PROMPT = "braid:"

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


# ---- typing

class Typist:
    """A shell on a terminal of its own."""

    def __init__(self, folder, term="vt100"):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "TERM": term, "PS1": "braid:> "}
        self.child = pexpect.spawn(SHELL, ["-i"], env=environment, cwd=str(folder), echo=False, encoding="utf-8",
                                   timeout=10 * FACTOR, dimensions=(24, 60))
        self.child.expect_exact("braid:> ")

    def send(self, keys):
        self.child.send(keys)
        return self

    def expect(self, text):
        self.child.expect_exact(text)
        return self

    def line(self, keys, *texts):
        """Type a line; the texts must come, then the prompt."""
        self.send(keys + "\r").expect("\r\n")
        for text in texts:
            self.expect(text)
        return self.expect("braid:> ")


@pytest.fixture(name="typist")
def fixture_typist(tmp_path):
    typist = Typist(tmp_path)
    yield typist
    typist.child.close(force=True)


def test_typing_and_editing(typist):
    typist.line("echo one", "one\r\n")
    typist.line("echo wrng\x1b[Do\x05!", "wrnog!\r\n")       # left, end of line
    typist.line("cho front\x01e", "front\r\n")               # home
    typist.line("nonsense\x15echo killed", "\r\nkilled\r\n".lstrip())
    typist.line("echo a b c\x17d", "a b d\r\n")              # word erased
    typist.line("echo cut off\x02\x02\x02\x0b", "cut\r\n")   # to the end
    typist.line("echo xy\x7fz", "xz\r\n")
    typist.line("echo \u00e4\u00f6\x7f\u20acx", "\u00e4\u20acx\r\n")
    typist.line("echo ab\x1b[D\x1b[3~c", "ac\r\n")           # delete


def test_history(typist):
    typist.line("echo first", "first\r\n").line("echo second", "second\r\n")
    typist.line("\x1b[A", "second\r\n").line("\x1b[A\x1b[A", "first\r\n")
    typist.line("\x1b[A\x1b[A\x1b[B changed", "first changed\r\n")
    typist.line("\x12seco", "second\r\n")
    typist.line("history", "echo first", "echo second")


def test_long_line_wraps(typist):
    words = " ".join(f"word{i}" for i in range(30))
    typist.line(f"echo {words}", words[-20:] + "\r\n")
    typist.line(f"echo {words}\x01\x1b[C\x1b[C\x1b[C\x1b[C\x1b[C-n \x05x", "word29x")


def test_completion(typist, tmp_path):
    (tmp_path / "some file").write_text("content of it\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "inside").write_text("deep\n")
    typist.line("cat som\t", "content of it")
    typist.line("cat fol\tin\t", "deep")
    typist.line("unali\t-a; echo $?", "0\r\n")
    (tmp_path / "folder2").mkdir()
    typist.send("ls -d fol\t\t").expect("folder/").expect("folder2/").expect("ls -d folder")
    typist.line("2", "folder2")


def test_continuation(typist):
    typist.send("for i in 1 2\r").expect("> ").send("do echo n$i\r").expect("> ")
    typist.line("done", "n1\r\n", "n2\r\n")
    typist.send("echo 'open\r").expect("> ")
    typist.line("quote'", "open\r\nquote\r\n")
    typist.send("echo 'never\r").expect("> ").send("\x03").expect("^C").expect("braid:> ")
    typist.line("echo $?", "130\r\n")


def test_interrupt(typist):
    typist.send("sleep 100\r").expect("\r\n")
    wait_for_child(typist, "sleep")
    typist.send("\x03").expect("braid:> ").line("echo $?", "130\r\n")
    typist.send("while :; do sleep 100; done\r").expect("\r\n")
    wait_for_child(typist, "sleep")
    typist.send("\x03").expect("braid:> ").line("echo alive", "alive\r\n")
    typist.send("while :; do :; done\r").expect("\r\n")
    typist.send("\x03").expect("braid:> ").line("echo alive", "alive\r\n")
    typist.send("echo dropped\x03").expect("^C").expect("braid:> ").line("echo ok", "ok\r\n")
    typist.send("read x\r").expect("\r\n").send("\x03").expect("braid:> ")


def test_job_control(typist):
    typist.send("sleep 100\r").expect("\r\n")
    wait_for_child(typist, "sleep")
    typist.send("\x1a").expect("[1] + Stopped").expect("sleep 100").expect("braid:> ")
    typist.line("echo $?", "148\r\n").line("jobs", "[1] + Stopped")
    typist.line("bg", "[1] sleep 100").line("jobs", "[1] + Running")
    typist.send("fg\r").expect("\r\n").expect("sleep 100")
    wait_for_foreground(typist)
    typist.send("\x03").expect("braid:> ").line("jobs; echo none", "none\r\n")
    typist.line("sleep 0.1 & wait; echo waited", "[1]", "waited")
    typist.line("sleep 100 & sleep 101 | cat &", "[1]", "[2]")
    typist.line("kill %1; wait %1; echo $?", "143\r\n").line("kill %2; wait", "")
    typist.line("sleep 100 & kill -STOP %1", "[1]")
    typist.line("kill -CONT %1; kill %1; wait %1", "")


def test_end_of_input(typist):
    typist.send("\x04").child.expect(pexpect.EOF)
    typist.child.wait()
    assert typist.child.exitstatus == 0


def test_stopped_jobs_hold_back(typist):
    typist.send("sleep 100\r").expect("\r\n")
    wait_for_child(typist, "sleep")
    typist.send("\x1a").expect("braid:> ").line("exit", "There are stopped jobs")
    typist.send("kill %1; exit 7\r").child.expect(pexpect.EOF)
    typist.child.wait()
    assert typist.child.exitstatus == 7


def test_typed_ahead(typist):
    typist.send("sleep 0.3\recho second\recho third\r")
    typist.expect("second\r\n").expect("third\r\n").expect("braid:> ")


def test_dumb_terminal(tmp_path):
    typist = Typist(tmp_path, term="dumb")
    typist.send("echo plain\r").expect("plain\r\n").expect("braid:> ")
    typist.child.sendeof()
    typist.child.expect(pexpect.EOF)


def stat_of(pid):
    text = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    return text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()


def children(pid):
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            name, fields = stat_of(path.name)
        except (OSError, ValueError):
            continue
        if int(fields[1]) == pid:
            found.append((name, fields))
    return found


def poll(predicate):
    """Wait for a state of /proc that tells that the program has started."""
    import time
    end = time.monotonic() + 10 * FACTOR
    while not predicate():
        assert time.monotonic() < end
        time.sleep(0.01)


def wait_for_child(typist, name):
    poll(lambda: any(child[0] == name and child[1][2] == child[1][5]
                     for child in children(typist.child.pid)))


def wait_for_foreground(typist):
    poll(lambda: stat_of(typist.child.pid)[1][5] != str(typist.child.pid))
