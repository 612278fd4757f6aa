# SPDX-License-Identifier: ISC
"""Typing at our shell: editing, history, completion, job control; on this machine's Linux at a
pseudo-terminal, and on Braid at the serial terminal.

A program that is to be interrupted or stopped first prints a word: then it runs, and its process
group has the terminal. The word is typed with quotes in it, so that the echo does not look like it.
"""
import os

import pexpect
import pytest
from support import BUILD, FACTOR, VM

SHELL = os.path.join(BUILD, "user", "sh")
IMAGE = os.path.join(BUILD, "braid.iso")
PROMPT = "braid:> "
TIMEOUT = 10 * FACTOR
SLEEP = "sh -c 'echo ru''nning; exec sleep 100'"


class Typist:
    """Types at a shell and reads the screen. How it starts and ends differs by system."""

    def __init__(self, child):
        self.child = child
        child.delaybeforesend = None
        self.ended = False
        self.expect(PROMPT)

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
        return self.expect(PROMPT)

    def start(self, command=SLEEP):
        """Type a command that prints `running` and goes on."""
        return self.send(command + "\r").expect("running\r\n")


class LinuxTypist(Typist):
    def __init__(self, folder):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "TERM": "vt100", "PS1": PROMPT}
        super().__init__(pexpect.spawn(SHELL, ["-i"], env=environment, cwd=str(folder), echo=True,
                                       encoding="utf-8", timeout=TIMEOUT, dimensions=(24, 60)))

    def ends(self, status):
        self.child.expect(pexpect.EOF)
        self.child.wait()
        assert self.child.exitstatus == status

    def leave(self):
        self.child.close(force=True)


class BraidTypist(Typist):
    """A shell in a fresh folder inside one machine, which serves all tests until one fails."""
    machine = None

    def __init__(self):
        cls = type(self)
        if not cls.machine:
            cls.machine = pexpect.spawn(VM, ["--tty", "--timeout", "280", "--", "PS1='outer$ ' sh -i"],
                                        echo=False, encoding="utf-8", timeout=3 * TIMEOUT)
            cls.machine.expect_exact("outer$ ")
            cls.machine.timeout = TIMEOUT
        cls.machine.send(f"cd $(mktemp -d); PS1='{PROMPT}' HOME=$PWD sh -i; echo in''ner $?\r")
        cls.machine.expect_exact("\r\n")
        super().__init__(cls.machine)

    def ends(self, status):
        self.expect(f"inner {status}\r\n").expect("outer$ ")
        self.ended = True

    def leave(self):
        try:
            if not self.ended:
                self.send("\x03").expect(PROMPT).send("exec true\r").expect("inner 0\r\n")
                self.expect("outer$ ")
        except pexpect.ExceptionPexpect:
            self.stop()

    @classmethod
    def stop(cls):
        if cls.machine:
            cls.machine.close(force=True)
        cls.machine = None


@pytest.fixture(params=["linux", "braid"], name="typist")
def fixture_typist(request, tmp_path):
    if not os.path.exists(SHELL if request.param == "linux" else IMAGE):
        pytest.skip("not built")
    typist = LinuxTypist(tmp_path) if request.param == "linux" else BraidTypist()
    yield typist
    typist.leave()


@pytest.fixture(scope="module", autouse=True)
def fixture_stop():
    yield
    BraidTypist.stop()


def test_typing_and_editing(typist):
    typist.line("echo one", "one\r\n")
    typist.line("echo wrng\x1b[Do\x05!", "wrnog!\r\n")       # left, end of line
    typist.line("cho front\x01e", "front\r\n")               # start of line
    typist.line("nonsense\x15echo killed", "killed\r\n")
    typist.line("echo a b c\x17d", "a b d\r\n")              # word erased
    typist.line("echo cut off\x02\x02\x02\x02\x0b", "cut\r\n")  # to the end of the line
    typist.line("echo xy\x7fz", "xz\r\n")
    typist.line("echo \u00e4\u00f6\x7f\u20acx", "\u00e4\u20acx\r\n")
    typist.line("echo ab\x1b[D\x1b[3~c", "ac\r\n")           # delete
    typist.line("echo one two\x1bb\x1bbx\x05y", "xone twoy\r\n")
    typist.line("echo kill\x15echo \x19\x17more", "more\r\n")  # erased, put back, erased


def test_history(typist):
    typist.line("echo first", "first\r\n").line("echo second", "second\r\n")
    typist.line("\x1b[A", "second\r\n").line("\x1b[A\x1b[A", "first\r\n")
    typist.line("\x1b[A\x1b[A\x1b[B changed", "first changed\r\n")
    typist.line("\x12seco", "second\r\n")
    typist.line("history", "echo first", "echo second")


def test_long_line_wraps(typist):
    words = " ".join(f"word{i}" for i in range(30))
    typist.line(f"echo {words}", words[-20:] + "\r\n")
    typist.line(f"echo {words}\x01" + "\x1b[C" * 5 + "-n \x05x", "word29x")


def test_completion(typist):
    typist.line("mkdir folder; echo content of''it >'some file'; echo de''ep >folder/inside")
    typist.line("cat som\t", "content ofit")
    typist.line("cat fol\tin\t", "deep")
    typist.line("unali\t-a; echo st$?", "st0\r\n")
    typist.line("mkdir folder2")
    typist.send("ls -d fol\t\t").expect("folder/").expect("folder2/").expect("ls -d folder")
    typist.line("2", "folder2")


def test_continuation(typist):
    typist.send("for i in 1 2\r").expect("> ").send("do echo n$i\r").expect("> ")
    typist.line("done", "n1\r\n", "n2\r\n")
    typist.send("echo 'open\r").expect("> ")
    typist.line("quote'", "open\r\nquote\r\n")
    typist.send("echo 'never\r").expect("> ").send("\x03").expect("^C").expect(PROMPT)
    typist.line("echo st$?", "st130\r\n")


def test_interrupt(typist):
    typist.start().send("\x03").expect(PROMPT).line("echo st$?", "st130\r\n")
    typist.start(f"while :; do {SLEEP}; done").send("\x03").expect(PROMPT)
    typist.line("echo alive", "alive\r\n")
    typist.start("echo ru''nning; while :; do :; done").send("\x03").expect(PROMPT)
    typist.line("echo alive", "alive\r\n")
    typist.send("echo dropped\x03").expect("^C").expect(PROMPT).line("echo ok", "ok\r\n")
    typist.start("echo ru''nning; read x").send("\x03").expect(PROMPT)
    typist.start("sleep 100 & echo ru''nning; wait").send("\x03").expect(PROMPT)
    typist.line("kill %1; echo st$?", "st0\r\n")


def test_stop_and_continue(typist):
    typist.start("sh -c 'echo ru''nning; exec cat'")
    typist.send("\x1a").expect("[1] + Stopped").expect("exec cat").expect(PROMPT)
    typist.line("echo st$?", "st148\r\n").line("jobs", "[1] + Stopped")
    typist.send("fg\r").expect("exec cat").send("hello\r").expect("hello\r\nhello\r\n")
    typist.send("\x1a").expect("[1] + Stopped").expect(PROMPT)
    typist.line("bg", "[1] sh -c")            # it reads, so it is stopped again: SIGTTIN
    typist.send("fg\r").expect("exec cat").send("again\r").expect("again\r\nagain\r\n")
    typist.send("\x04").expect(PROMPT).line("jobs; echo none", "none\r\n")


def test_background(typist):
    typist.line("sleep 0.1 & wait; echo wai''ted", "[1]", "waited")
    typist.line("sleep 100 & sleep 101 | cat &", "[1]", "[2]")
    typist.line("kill %1; wait %1; echo st$?", "st143\r\n").line("kill %2; wait")
    typist.line("sleep 100 & kill -STOP %1; kill -CONT %1; kill %1; wait; echo st$?", "st0\r\n")
    typist.line("sleep 100 & sleep 100 & kill $(jobs -p); wait; echo st$?; jobs", "st0\r\n")


def test_end_of_input(typist):
    typist.send("\x04").ends(0)


def test_stopped_jobs_hold_back(typist):
    typist.start().send("\x1a").expect("Stopped").expect(PROMPT)
    typist.line("exit", "There are stopped jobs")
    typist.send("kill %1; exit 7\r").ends(7)


def test_typed_ahead(typist):
    typist.start("echo ru''nning; sleep 0.3").send("echo second\recho third\r")
    typist.expect("second\r\n").expect("third\r\n").expect(PROMPT)


def test_editor_needs_no_terminal(typist):
    """TERM=dumb: the terminal's own line editing."""
    typist.send("TERM=dumb sh -i\r").expect("\r\n").expect(PROMPT)
    typist.send("echo plain\r").expect("plain\r\n").expect(PROMPT)
    typist.line("exit 5", PROMPT[:0]).line("echo st$?", "st5\r\n")
