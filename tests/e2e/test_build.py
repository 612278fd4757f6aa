# SPDX-License-Identifier: ISC
"""The build's own tools: the archive writer, the symbol table, the writer of USB sticks."""
import os
import subprocess

from support import BUILD, TOP


def test_archive_unpacks_to_what_it_was_made_from(tmp_path):
    """boot/cpio.py against another program's idea of the format."""
    tree, out = tmp_path / "tree", tmp_path / "out"
    (tree / "dir" / "empty").mkdir(parents=True)
    out.mkdir()
    (tree / "dir" / "file").write_bytes(bytes(range(256)) * 5 + b"x")
    (tree / "dir" / "file").chmod(0o4751)
    os.link(tree / "dir" / "file", tree / "another name")
    os.symlink("../nowhere", tree / "dir" / "link")
    os.mkfifo(tree / "fifo")  # left out
    archive = subprocess.run(["boot/cpio.py", tree], cwd=TOP, check=True, capture_output=True)
    subprocess.run(["/bin/busybox", "cpio", "-i", "-d"], cwd=out, input=archive.stdout, check=True,
                   capture_output=True)
    assert (out / "dir" / "file").read_bytes() == (tree / "dir" / "file").read_bytes()
    assert (out / "dir" / "file").stat().st_mode & 0o7777 == 0o4751
    assert os.path.samefile(out / "dir" / "file", out / "another name")
    assert os.readlink(out / "dir" / "link") == "../nowhere"
    assert sorted(os.listdir(out)) == ["another name", "dir"]


def test_archive_refuses_what_it_cannot_read(tmp_path):
    done = subprocess.run(["boot/cpio.py", tmp_path / "missing"], cwd=TOP, check=False,
                          capture_output=True)
    assert done.returncode != 0


def test_symbols_are_in_the_kernel():
    """The table that backtraces use names the kernel's functions: see boot/symbols.py."""
    names = subprocess.run(["nm", os.path.join(BUILD, "braid.elf")], check=True,
                           capture_output=True, text=True).stdout
    with open(os.path.join(BUILD, "braid.elf"), "rb") as file:
        image = file.read()
    functions = [line.split()[2] for line in names.splitlines() if " T " in line]
    assert len(functions) > 100
    for name in functions[::50]:
        assert b"\0" + name.encode() + b"\0" in image


def test_symbols_check_finds_a_moved_address():
    """The check after the second link fails when an address differs."""
    table = os.path.join(BUILD, "obj", "symbols.S")
    lines = "ffffffff80001000 T kernel_main\nffffffff80002000 t other\n"
    done = subprocess.run(["boot/symbols.py", "--check", table], cwd=TOP, input=lines, text=True,
                          check=False, capture_output=True)
    assert done.returncode != 0 and "moved" in done.stderr


def test_usb_stick_is_refused_when_it_is_no_disk():
    """`make usb` writes to nothing but a whole, unmounted disk."""
    for device in ("", "/dev/null", "/etc/passwd"):
        done = subprocess.run(["boot/usb.sh", device, "build/braid.iso"], cwd=TOP, check=False,
                              capture_output=True, text=True, input="")
        assert done.returncode == 1 and done.stderr.startswith("make usb: ")


def test_setup_is_quiet_where_all_is_there():
    done = subprocess.run(["boot/setup.sh"], cwd=TOP, check=True, capture_output=True, text=True)
    assert done.stdout == done.stderr == ""


def test_setup_refuses_an_unsuitable_compiler(tmp_path):
    """A compiler that is too old, or for another machine, is refused with one sentence."""
    for answer, word in (("dumpmachine) echo x86_64-linux-gnu", "too old"),
                         ("dumpmachine) echo aarch64-linux-gnu", "aarch64")):
        compiler = tmp_path / "old-gcc"
        compiler.write_text(f"#!/bin/sh\ncase ${{1#-}} in {answer};; *) echo 8.3.0;; esac\n")
        compiler.chmod(0o755)
        (tmp_path / "old-ld").write_text("#!/bin/sh\n")
        (tmp_path / "old-ld").chmod(0o755)
        done = subprocess.run(["boot/setup.sh"], cwd=TOP, check=False, capture_output=True,
                              text=True, env=dict(os.environ, CROSS=f"{tmp_path}/old-"))
        assert done.returncode == 1 and word in done.stderr
        assert len(done.stderr.splitlines()) == 1
