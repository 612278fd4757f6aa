# SPDX-License-Identifier: ISC
"""A person at the terminals: the serial line, and keyboard and screen."""
import pytest
from screen import load_font, read_text
from support import PROMPT, machine, serial_shell, type_line, wait_until

FONT = None


@pytest.fixture(scope="module")
def shell():
    """One machine, used at its serial line by all tests of this file that ask for it."""
    with machine.Machine() as vm_machine:
        yield serial_shell(vm_machine)


def test_ps_grep_wc(shell):
    """What the README tells people to type first."""
    found = type_line(shell, "ps | grep init | wc -l", r"\r\n\s*(\d+)\r\n")
    assert int(found[1]) >= 1


def test_tour(shell):
    """An exhibit, started by hand: its five lines."""
    type_line(shell, "tour count-processes", r"(?s)(4999950000.*){5}")


def test_interrupt(shell):
    """^C ends a program that sleeps, one that computes, and a pipeline; the status tells."""
    for command in ("sh -c 'echo go; sleep 1000'", "echo go; while :; do :; done",
                    "busybox yes | sh -c 'echo go >&2; cat > /dev/null'"):
        shell.send(command + "\r")
        shell.expect_exact(command)
        shell.expect(r"\r\ngo\r\n")  # it runs, so it is in the foreground
        shell.send("\x03")
        shell.expect(PROMPT)
        type_line(shell, "echo status=$?", r"status=130\r\n")


def test_interrupt_of_a_typed_line(shell):
    """^C at the prompt throws the line away."""
    shell.send("echo not this")
    shell.expect_exact("not this")
    shell.send("\x03")
    shell.expect(PROMPT)
    type_line(shell, "echo but this", r"\r\nbut this\r\n")


def test_background_job(shell):
    """A job in the background leaves the prompt, and is waited for."""
    type_line(shell, "sleep 1000 &", PROMPT, prompt=False)
    type_line(shell, "ps | grep 'sleep 100[0]' | wc -l", r"\r\n\s*1\r\n")
    type_line(shell, "kill $!; wait $!; echo status=$?", r"status=143\r\n")


def test_stop_and_continue(shell):
    """^Z stops, jobs tells, fg goes on, ^C ends."""
    shell.send("cat\r")
    shell.expect_exact("cat")
    shell.expect(r"\r\n")
    type_line(shell, "echoed", r"\r\nechoed\r\n", prompt=False)
    shell.send("\x1a")
    shell.expect(PROMPT)
    type_line(shell, "jobs", r"(?i)stopped.*cat")
    shell.send("fg\r")
    shell.expect_exact("fg")
    type_line(shell, "again", r"\r\nagain\r\n", prompt=False)
    shell.send("\x03")
    shell.expect(PROMPT)


def test_quit_signal(shell):
    shell.send("cat\r")
    shell.expect_exact("cat")
    type_line(shell, "here", r"\r\nhere\r\n", prompt=False)
    shell.send("\x1c")
    shell.expect(PROMPT)
    type_line(shell, "echo status=$?", r"status=131\r\n")


def test_end_of_file(shell):
    """^D at the start of a line ends a program's input."""
    type_line(shell, "cat", r"\r\n", prompt=False)
    type_line(shell, "text", r"\r\ntext\r\n", prompt=False)
    shell.send("\x04")
    shell.expect(PROMPT)
    type_line(shell, "echo status=$?", r"status=0\r\n")


def test_history_and_editing(shell):
    """Arrow up brings the last line back; it can be changed before Enter."""
    type_line(shell, "echo first", r"\r\nfirst\r\n")
    shell.send("\x1b[A")
    shell.expect_exact("echo first")
    shell.send("\x7f\x7f\x7fe\r")
    shell.expect(r"\r\nfie\r\n")
    shell.expect(PROMPT)


def test_here_document(shell):
    shell.send("cat << EOF\r")
    shell.expect(r"> ")
    shell.send("a $((6 * 7))\r")
    shell.expect(r"> ")
    shell.send("EOF\r")
    shell.expect(r"\r\na 42\r\n")
    shell.expect(PROMPT)


def test_vi(shell):
    """Debian's busybox vi edits a file on this terminal."""
    type_line(shell, "rm -f /tmp/note; busybox vi /tmp/note", r"\x1b\[", prompt=False)
    shell.send("iline of text")
    shell.expect_exact("text")
    shell.send("\x1b")  # by itself: with bytes right behind it, it would begin a key's sequence
    shell.expect_exact("Modified")
    shell.send(":wq\r")
    shell.expect(PROMPT)
    type_line(shell, "cat /tmp/note", r"\r\nline of text\r\n")


def test_crash_leaves_the_shell(shell):
    """A program that dies of a signal is told by its status; the shell goes on."""
    type_line(shell, "sh -c 'kill -SEGV $$'; echo status=$?", r"status=139\r\n")


def test_poweroff():
    """poweroff at the prompt ends the machine."""
    with machine.Machine() as vm_machine:
        child = serial_shell(vm_machine)
        child.send("poweroff\r")
        assert vm_machine.process.wait(timeout=30) == 0


# Keyboard and screen ------------------------------------------------------------------------------


class Screen:
    """The graphical console of a machine, read by comparing its cells with the font."""

    def __init__(self, vm_machine):
        self.machine = vm_machine
        self.font = load_font()

    def lines(self):
        return read_text(self.machine.screen(), self.font)

    def wait_for(self, text):
        """Wait until a line is exactly, or `text` (a function of the lines) says so."""
        test = text if callable(text) else lambda lines: text in lines
        wait_until(lambda: test(self.lines()), lambda: "\n".join(self.lines()))

    def wait_for_prompt(self):
        self.wait_for(lambda lines: any(line for line in lines) and
                      [line for line in lines if line][-1].endswith(("#", "$")))


@pytest.fixture(scope="module")
def screen():
    with machine.Machine(drain=("log", "serial")) as vm_machine:
        result = Screen(vm_machine)
        result.wait_for_prompt()
        yield result


def test_keyboard_and_screen(screen):
    """What is typed on the keyboard is run, and its output is on the screen."""
    before = screen.machine.screen()
    screen.machine.type("echo $((6 * 7))-answer\n")
    screen.wait_for("42-answer")
    assert screen.machine.screen() != before


def test_shifted_keys(screen):
    """Every printable character of the keyboard arrives."""
    text = "".join(map(chr, range(0x21, 0x7f))).replace("'", "")
    screen.machine.type(f"printf '%s\\n' '{text}'\n")
    screen.wait_for(text)


def test_interrupt_on_the_keyboard(screen):
    screen.machine.type("sleep 1000\n")
    screen.wait_for(lambda lines: any(line.endswith("sleep 1000") for line in lines))
    screen.machine.press("ctrl", "c")
    screen.machine.type("echo status=$?\n")
    screen.wait_for("status=130")


def test_unicode_on_the_screen(screen):
    """UTF-8 is one cell a character: the font's own signs are drawn."""
    screen.machine.type(r"printf '\303\244\303\266\303\274 \342\224\202\342\224\234\n'" + "\n")
    screen.wait_for("äöü │├")


def test_escape_sequences(screen):
    """Clear the screen, move the cursor, colours: text is where it was put."""
    screen.machine.type(r"printf '\033[2J\033[5;11Hhere\033[31mred\033[0m\033[7;1H'" + "\n")
    screen.wait_for(lambda lines: len(lines) > 4 and lines[4] == " " * 10 + "herered")


def test_scrolling(screen):
    """More lines than the screen has: the last ones stay."""
    screen.machine.type("busybox seq 1 200\n")
    screen.wait_for(lambda lines: "200" in lines and "199" in lines and "100" not in lines)
    lines = screen.lines()
    assert lines.index("200") - lines.index("180") == 20
