# SPDX-License-Identifier: ISC
"""The contract of tests/vm: output, input, exit status, options."""
import hashlib
import os
import subprocess
import time

import pexpect
import pytest
from support import FACTOR, VM, explain, run, vm

ALL_BYTES = bytes(range(256))


@pytest.mark.parametrize("command, status", [
    ("true", 0),
    ("exit 7", 7),
    ("exit 255", 255),
    ("kill -9 $$", 128 + 9),
    ("kill -TERM $$", 128 + 15),
    ("no-such-program", 127),
    ("/etc/passwd", 126),
    ("exit 124", 124),
])
def test_exit_status(command, status):
    """The exit status is the command's."""
    vm("--", command, check=status)


def test_output_is_exact():
    """Standard output gets the command's bytes and nothing else; so does a command without any."""
    assert vm("--", "echo one; echo two >&2; printf 'no newline'", check=0).stdout == (
        b"one\ntwo\nno newline")
    silent = vm("--", "true", check=0)
    assert silent.stdout == b"" and silent.stderr == b"", explain(silent)


def test_input_passes_every_byte():
    """All 256 byte values go in and out unchanged, the escape byte doubled too."""
    data = ALL_BYTES * 8 + b"\x10\x10E\x10" + ALL_BYTES[::-1]
    assert vm("--", "cat", stdin=data, check=0).stdout == data


def test_input_of_many_bytes():
    """Input longer than every buffer on its way arrives whole."""
    data = os.urandom(100_000)
    done = vm("--", "busybox tee /tmp/in | busybox wc -c; busybox md5sum < /tmp/in",
              stdin=data, check=0)
    assert done.stdout == b"100000\n" + hashlib.md5(data).hexdigest().encode() + b"  -\n"


def test_input_ends():
    """An empty standard input, and one that is closed, are an end of file."""
    assert vm("--", "cat; echo end", check=0).stdout == b"end\n"
    done = subprocess.run(f"'{VM}' -- 'cat; echo end' <&-", shell=True, capture_output=True,
                          check=False)
    assert done.stdout == b"end\n", explain(done)


def test_input_is_no_terminal():
    """The raw channel is not a terminal; with --tty it is one, of 24 by 80."""
    vm("--", "test -t 0 || test -t 1", check=1)
    done = vm("--tty", "--", "test -t 0 && test -t 1 && busybox stty size", check=0)
    assert done.stdout.replace(b"\r\n", b"\n") == b"24 80\n"


def test_tty_at_a_terminal():
    """With --tty and a person at a terminal: keys go in as they are, ^C among them."""
    child = pexpect.spawn(VM, ["--tty", "--", "sh"], timeout=30 * FACTOR)
    child.expect(r"[#$] ")
    child.send("echo run''s; sleep 1000\r")
    child.expect(r"\nruns")
    child.send("\x03")
    child.expect(r"[#$] ")
    child.send("exit 9\r")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 9


def test_several_words_are_one_command():
    assert vm("echo", "one", "two", check=0).stdout == b"one two\n"


def test_environment():
    """The command is run by /bin/sh in a session of its own, with PATH and HOME."""
    assert run("echo $0 $HOME; command -v cat; test -n \"$PATH\" && echo path") == (
        "sh /root\n/usr/bin/cat\npath\n")


def test_timeout():
    """A command that does not end is stopped, and what it wrote until then is there."""
    began = time.monotonic()
    vm("--", "true", check=0)
    usual = time.monotonic() - began
    done = vm("--timeout", str(2 + 4 * usual / FACTOR), "--", "echo before; sleep 1000")
    assert (done.returncode, done.stdout) == (124, b"before\n"), explain(done)
    assert b"timed out" in done.stderr


def test_log_goes_to_stderr():
    """--log shows the kernel's log, and init's verdict in it; standard output stays clean."""
    done = vm("--log", "--", "echo out; echo marked-line > /dev/kmsg", check=0)
    assert done.stdout == b"out\n"
    assert b"marked-line" in done.stderr and b"vm: exit 0" in done.stderr


def test_missing_image():
    done = vm("--image", "/nonexistent/braid.iso", "--", "true")
    assert done.returncode == 125 and b"no image" in done.stderr


@pytest.mark.parametrize("options", [["--mem", "nonsense"], ["--boot", "floppy"], ["--cpus", "0"],
                                     ["--extra", "/nonexistent"], ["--qemu", "-no-such-flag"]])
def test_wrong_use(options):
    """What cannot be started is 125 with a reason, never a status that a command may have."""
    done = vm(*options, "--", "true")
    assert done.returncode == 125 and done.stderr and not done.stdout, explain(done)


def test_no_command():
    assert vm().returncode == 125


def test_machine_that_does_not_boot(tmp_path):
    """An image without a boot loader is 125, not a hang."""
    image = tmp_path / "empty.iso"
    image.write_bytes(b"\0" * (1 << 20))
    done = vm("--timeout", "5", "--image", str(image), "--", "true")
    assert done.returncode in (124, 125), explain(done)


def test_kernel_panic():
    """A panic is 125 and its text is shown: here init does not exist."""
    done = vm("--args", "init=/no/such/init", "--", "true", timeout=30)
    assert done.returncode == 125, explain(done)
    assert b"PANIC:" in done.stderr and b"/no/such/init" in done.stderr


def test_unknown_kernel_word():
    """A word that the kernel does not know is reported, not ignored; known words work."""
    done = vm("--log", "--args", "frobnicate=7 log=info", "--", "cat /proc/cmdline", check=0)
    assert b"frobnicate" in done.stdout
    assert b"frobnicate" in done.stderr


def test_kernel_words_reach_the_kernel():
    done = vm("--log", "--args", "log=debug", "--", "cat /proc/cmdline", check=0)
    assert b"log=debug" in done.stdout.split()


def test_memory():
    """--mem is what the machine has."""
    def total(size):
        text = run("cat /proc/meminfo", "--mem", size)
        return int(next(line.split()[1] for line in text.splitlines()
                        if line.startswith("MemTotal")))
    assert 100_000 < total("128M") <= 131_072
    assert 1_900_000 < total("2G") <= 2_097_152


@pytest.mark.parametrize("cpus", [2, 4])
def test_several_cpus(cpus):
    """A machine with more CPUs boots and runs a command."""
    assert run("echo hello | cat", "--cpus", str(cpus)) == "hello\n"


def test_parallel_runs():
    """Several machines run side by side and do not mix."""
    running = [subprocess.Popen([VM, "--", f"echo number {n}; exit {n}"], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
               for n in range(3)]
    results = [(process.communicate()[0], process.returncode) for process in running]
    assert results == [(b"number %d\n" % n, n) for n in range(3)]


def test_screen(tmp_path):
    """--screen takes a picture at the end, of a machine that powered off by itself."""
    picture = tmp_path / "screen.png"
    vm("--screen", str(picture), "--", "true", check=0)
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.stat().st_size > 1000


def test_screen_on_panic(tmp_path):
    picture = tmp_path / "screen.png"
    done = vm("--screen", str(picture), "--args", "init=/no/such/init", "--", "true", timeout=30)
    assert done.returncode == 125, explain(done)
    assert picture.stat().st_size > 1000


def test_icount_repeats():
    """Under --icount a measurement repeats to the digit."""
    command = "cat /proc/uptime; busybox seq 1 2000 | busybox md5sum; cat /proc/uptime"
    first, second = (vm("--icount", "--", command, check=0).stdout for _ in range(2))
    assert first == second


# --extra ------------------------------------------------------------------------------------------


def make_tree(top):
    """A tree with what an overlay can hold: real directories over links, links, modes, a big file."""
    (top / "bin").mkdir()
    program = top / "bin" / "hello"
    program.write_text("#!/bin/sh\necho hello from $0 \"$@\"\n")
    program.chmod(0o755)
    (top / "lib" / "deep" / "er").mkdir(parents=True)
    (top / "lib" / "deep" / "er" / "data").write_bytes(ALL_BYTES)
    (top / "etc").mkdir()
    (top / "etc" / "hostname").write_text("changed\n")
    (top / "dir").mkdir(mode=0o700)
    (top / "dir" / "big").write_bytes(b"0123456789abcdef" * 65536 * 3)
    os.link(top / "dir" / "big", top / "dir" / "same")
    os.symlink("../etc/hostname", top / "dir" / "link")
    secret = top / "dir" / "secret"
    secret.write_text("x")
    secret.chmod(0o640)
    (top / "name with spaces, and comma").write_text("odd\n")


def test_extra(tmp_path):
    """--extra lays a tree over the root: through /bin's link, replacing files, keeping modes."""
    make_tree(tmp_path)
    assert run("hello 1 2; /usr/bin/hello; busybox readlink /bin", "--extra", str(tmp_path)) == (
        "hello from /usr/bin/hello 1 2\nhello from /usr/bin/hello\nusr/bin\n")
    assert run("cat /etc/hostname /dir/link '/name with spaces, and comma'; "
               "busybox stat -c '%a %u %n' /dir; "
               "busybox stat -c '%a %u %h %s %n' /dir/big /dir/same /dir/secret; "
               "busybox md5sum < /usr/lib/deep/er/data", "--extra", str(tmp_path)) == (
        "changed\nchanged\nodd\n700 0 /dir\n"
        "644 0 2 3145728 /dir/big\n644 0 2 3145728 /dir/same\n640 0 1 1 /dir/secret\n"
        f"{hashlib.md5(ALL_BYTES).hexdigest()}  -\n")


def test_extra_of_a_hundred_megabytes(tmp_path):
    """A large tree arrives whole."""
    block = os.urandom(1 << 20)
    digest = hashlib.md5()
    with open(tmp_path / "large", "wb") as file:
        for number in range(100):
            data = number.to_bytes(4, "big") + block[4:]
            file.write(data)
            digest.update(data)
    assert run("busybox md5sum < /large", "--extra", str(tmp_path), "--mem", "1G") == (
        digest.hexdigest() + "  -\n")
