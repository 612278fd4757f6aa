# SPDX-License-Identifier: ISC
"""The kernel as a whole: its own unit tests, the exhibits, what it survives."""
import os
import re
import subprocess

import pytest
from support import explain, run, vm


@pytest.mark.parametrize("cpus", [1, 2])
def test_selftest(cpus, part):
    """The unit tests that run inside the kernel; each is a result of its own."""
    done = vm("--log", "--args", "selftest", "--cpus", str(cpus), "--", "true", check=0)
    log = done.stderr.decode(errors="replace")
    results = re.findall(r"selftest: (\S+) (ok|FAILED.*)", log)
    for name, verdict in results:
        part(name, None if verdict == "ok" else verdict)
    total = re.search(r"selftest: (\d+) passed, (\d+) failed", log)
    assert total, explain(done)
    assert int(total[1]) + int(total[2]) == len(results) > 0


def test_tour():
    """Every exhibit holds, and each is named in the table."""
    done = vm("--timeout", "240", "--", "tour", check=0)
    text = done.stdout.decode()
    table = text[text.rindex("statement") if "statement" in text else 0:]
    for name in ("isolation", "cow", "count-processes", "states", "crash-isolation",
                 "count-threads", "race", "kitchen", "resume", "no-kernel", "pipe", "semaphore"):
        assert name in table, explain(done)


def test_unknown_exhibit():
    done = vm("--", "tour no-such-exhibit")
    assert done.returncode != 0 and b"no-such-exhibit" in done.stdout + done.stderr


def test_strace():
    """strace=1 writes every system call with name, arguments and result to the log."""
    done = vm("--log", "--args", "strace=1", "--", "echo hello", check=0)
    assert done.stdout == b"hello\n"
    assert re.search(rb"write\(1, \"hello\\n\", 6\)\s*= 6", done.stderr), explain(done)


CRASHES = {
    "null": "movl $1, 0",
    "kernel": "movq $0xffffffff80100000, %rax; call *%rax",
    "privileged": "hlt",
    "port": "outb %al, $0x80",
    "control-register": "movq %cr3, %rax",
    "recursion": "1: call 1b",
    "undefined": "ud2",
    "not-canonical": "movq $0x8000000000000000, %rax; movq (%rax), %rax",
    "stack-gone": "movq $16, %rsp; pushq $1",
    "no-execute": "jmp *%rsp",
}


@pytest.fixture(scope="module")
def crashers(tmp_path_factory):
    """A tree of programs without any library, one for each way to die."""
    folder = tmp_path_factory.mktemp("crashers")
    for name, code in CRASHES.items():
        subprocess.run(["gcc", "-static", "-nostdlib", "-no-pie", "-x", "assembler", "-", "-o",
                        folder / f"crash-{name}"], input=f".globl _start\n_start: {code}\nud2\n",
                       text=True, check=True)
    return str(folder)


def test_user_crashes_are_told(crashers, part):
    """A fault kills its program with Linux's signal, and is one line in the log; the shell goes on."""
    names = list(CRASHES)
    command = f"for name in {' '.join(names)}; do /crash-$name; echo $name $?; done 2>/dev/null"
    done = vm("--log", "--extra", crashers, "--", command, check=0)
    got = dict(line.split() for line in done.stdout.decode().splitlines())
    log = done.stderr.decode(errors="replace")
    for name in names:
        linux = subprocess.run([os.path.join(crashers, f"crash-{name}")], check=False).returncode
        lines = [line for line in log.splitlines() if f"crash-{name}"[:15] in line]
        problem = None
        if got.get(name) != str(128 - linux):
            problem = f"exit status {got.get(name)}, on Linux {128 - linux}"
        elif len(lines) != 1:
            problem = f"not one line in the log but {lines}"
        part(name, problem)


def test_counts_come_back_after_the_shell():
    """A hundred processes later the kernel's counts are what they were."""
    command = ("busybox true; sh -c :; : > /tmp/b; cat /proc/braid/counts > /tmp/a; for i in 1 2 3 4 5; do "
               "for j in 1 2 3 4 5 6 7 8 9 10; do busybox true; sh -c : | cat; done; done; "
               "cat /proc/braid/counts > /tmp/b; cat /tmp/a; echo -; cat /tmp/b")
    before, after = run(command).split("-\n")
    first = dict(line.split() for line in before.splitlines())
    second = dict(line.split() for line in after.splitlines())
    for name in ("processes", "threads"):
        assert second[name] == first[name], name
    for name in ("files", "page_tables", "kstacks", "heap_objects"):
        assert int(second[name]) - int(first[name]) <= 2, (name, first[name], second[name])
    # Files in /tmp and what the page cache keeps are a few frames; a leak is one a process.
    assert int(first["frames_free"]) - int(second["frames_free"]) < 50, (first, second)


def test_no_memory_left():
    """A program that takes all memory is stopped; the shell goes on and the memory is back."""
    free = "grep '^frames_free ' /proc/braid/counts"
    lines = run(f"{free}; busybox awk 'BEGIN {{s = \"x\"; while (1) s = s s}}' 2> /dev/null; "
                f"echo status $?; {free}", "--mem", "256M").splitlines()
    assert lines[-2] in ("status 137", "status 1"), lines
    before, after = (int(line.split()[1]) for line in (lines[0], lines[-1]))
    assert before - after < 500


def test_failing_allocations_are_survived():
    """failalloc=N makes every Nth allocation fail: commands may fail, the kernel must not."""
    done = vm("--args", "failalloc=97", "--timeout", "60", "--",
              "for i in 1 2 3 4 5 6 7 8 9 10; do echo $i | cat | cat > /dev/null; done; exit 0")
    assert done.returncode not in (124, 125), explain(done)


@pytest.fixture
def compile_c(tmp_path):
    """Make a static program from C text with the machine's compiler and C library, as a user would."""
    def make(text):
        (tmp_path / "extra").mkdir(exist_ok=True)
        source = tmp_path / "program.c"
        source.write_text(text)
        subprocess.run(["gcc", "-static", "-O1", "-w", "-o", tmp_path / "extra" / "program",
                        source], check=True)
        return str(tmp_path / "extra")
    return make


@pytest.mark.skipif(not os.path.exists("/usr/lib/x86_64-linux-gnu/libc.a"),
                    reason="no static glibc on this machine")
def test_static_glibc_program(compile_c):
    """A program linked with Debian's glibc runs as it is."""
    extra = compile_c('#include <stdio.h>\n#include <stdlib.h>\nint main(int c, char **v)\n'
                      '{ printf("%s %.3f %s\\n", v[1], atof("2.5"), getenv("HOME")); return 9; }')
    done = vm("--extra", extra, "--", "/program word", check=9)
    assert done.stdout == b"word 2.500 /root\n"
