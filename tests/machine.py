#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""A machine that runs Braid: QEMU, its flags and its wires. The only place that knows them.

As a module, class Machine starts QEMU with three wires to this process: `serial` (COM1), `log`
(the kernel's log, QEMU's debug console at port 0xe9) and `monitor` (QMP). tests/vm runs one
command with it, the end-to-end tests type at it. A wire that nobody reads fills up and stops the
machine: one that is of no interest is to be drained.

As a command: machine.py run|debug [--mem SIZE] [--cpus N] [--args 'KERNEL WORDS'], which is
`make run` and `make debug`.
"""
import argparse
import ctypes
import json
import os
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import zlib

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
IMAGE = os.path.join(TOP, "build", "braid.iso")
CHECK_IMAGE = os.path.join(TOP, "build", "braid-check.iso")  # its kernel checks its locks
KERNEL = os.path.join(TOP, "build", "braid.elf")
FIRMWARE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
FIRMWARE_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd"
QEMU = "qemu-system-x86_64"

# How the machine starts: the firmware, and what the image is to it.
BOOTS = {
    "bios": ("bios", "disk"),  # a virtio disk: the fastest
    "bios-cd": ("bios", "cd"),
    "bios-usb": ("bios", "usb"),
    "uefi": ("uefi", "cd"),
    "usb": ("uefi", "usb"),
}


def time_factor():
    """What every time-out is multiplied with, for slow machines."""
    return float(os.environ.get("BRAID_TIME_FACTOR", "1"))


def machine_flags(mem="512M", cpus=1, icount=False):
    flags = ["-machine", "q35", "-accel", "tcg", "-cpu", "max", "-m", str(mem), "-smp", str(cpus),
             "-nodefaults", "-vga", "std"]
    if icount:
        # Time is instructions executed; the clock and the random numbers repeat as well.
        flags += ["-icount", "shift=0,sleep=off", "-rtc", "base=2024-01-01T00:00:00,clock=vm",
                  "-seed", "1"]
    return flags


def boot_flags(boot, image, folder):
    """Flags for the firmware and the medium; `folder` takes the firmware's variables."""
    firmware, medium = BOOTS[boot]
    flags = []
    if firmware == "uefi":
        variables = os.path.join(folder, "variables.fd")
        shutil.copyfile(FIRMWARE_VARIABLES, variables)
        flags += ["-drive", f"if=pflash,format=raw,readonly=on,file={FIRMWARE}",
                  "-drive", f"if=pflash,format=raw,file={variables}"]
    drive = f"if=none,id=image,format=raw,readonly=on,file={image.replace(',', ',,')}"
    device = {"disk": ["-device", "virtio-blk-pci,drive=image,bootindex=0"],
              "cd": ["-device", "ide-cd,drive=image,bootindex=0"],
              "usb": ["-device", "qemu-xhci", "-device", "usb-storage,drive=image,bootindex=0"]}
    return flags + ["-drive", drive] + device[medium]


def file_flags(files, folder):
    """Flags that show each of `files`, a dict of names and bytes or paths, through fw_cfg."""
    flags = []
    for number, (name, content) in enumerate(files.items()):
        path = content
        if isinstance(content, bytes):
            path = os.path.join(folder, f"file{number}")
            with open(path, "wb") as file:
                file.write(content)
        flags += ["-fw_cfg", f"name=opt/braid/{name},file={path.replace(',', ',,')}"]
    return flags


def die_with_parent():
    """In a child: be killed when the parent ends, however it ends (prctl's PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class MonitorError(Exception):
    """QEMU refused a command, or is gone."""


class Monitor:
    """QMP over a socket. Events that arrive between answers are kept in `events`."""

    def __init__(self, sock):
        self.socket = sock
        self.pending = b""
        self.events = []

    def _receive(self):
        """The next message; None when QEMU is gone."""
        while b"\n" not in self.pending:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                data = b""
            if not data:
                return None
            self.pending += data
        line, self.pending = self.pending.split(b"\n", 1)
        return json.loads(line)

    def handshake(self):
        if self._receive() is None:
            raise MonitorError("QEMU ended before it started the machine")
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        message = {"execute": name, "arguments": arguments}
        try:
            self.socket.sendall(json.dumps(message).encode() + b"\n")
        except BrokenPipeError:
            raise MonitorError("QEMU is gone") from None
        while True:
            answer = self._receive()
            if answer is None:
                raise MonitorError("QEMU is gone")
            if "event" in answer:
                self.events.append(answer["event"])
            elif "error" in answer:
                raise MonitorError(answer["error"]["desc"])
            else:
                return answer["return"]

    def collect_events(self):
        """Take in what has arrived; call when the socket is readable. False when QEMU is gone."""
        message = self._receive()
        if message is not None and "event" in message:
            self.events.append(message["event"])
        return message is not None


class Drain(threading.Thread):
    """Reads a wire for as long as the machine lives; `data` is what came so far."""

    def __init__(self, wire):
        super().__init__(daemon=True)
        self.wire = wire
        self.data = b""
        self.start()

    def run(self):
        try:
            while block := os.read(self.wire.fileno(), 65536):
                self.data += block
        except OSError:  # QEMU is gone
            pass


class Machine:
    """One running QEMU. Use as a context: it is gone, with its files, when the block ends.

    files        what the kernel finds in fw_cfg below opt/braid: name -> bytes, or a path
    words        kernel words, added to those of the boot menu
    drain        the wires that are read in the background, into drains[NAME].data
    keep_screen  stay, paused, when the guest powers off (or panics), for a screen dump
    """

    def __init__(self, boot="bios", mem="512M", cpus=1, words="", files=None, icount=False,
                 image=IMAGE, qemu=QEMU, more=(), keep_screen=False, drain=("log",)):
        self.folder = tempfile.mkdtemp(prefix="braid-")
        self.process = None
        self.wires = []
        self.drains = {}
        self.errors = tempfile.TemporaryFile()  # what QEMU itself prints
        try:
            files = dict(files or {})
            if words:
                files["cmdline"] = words.encode()
            flags = machine_flags(mem, cpus, icount) + boot_flags(boot, image, self.folder)
            flags += file_flags(files, self.folder)
            flags += ["-display", "none", "-no-reboot"]
            self.serial, serial = self._socket(flags, "serial")
            self.log, log = self._pipe(flags, "log")
            control, qmp = self._socket(flags, "qmp")
            flags += ["-serial", "chardev:serial", "-mon", "chardev=qmp,mode=control",
                      "-device", "isa-debugcon,iobase=0xe9,chardev=log"]
            if keep_screen:
                flags += ["-action", "shutdown=pause"]
            else:
                flags += ["-device", "isa-debug-exit,iobase=0xf4,iosize=4"]
            self._start([qemu] + flags + list(more), (serial, log, qmp))
            self.monitor = Monitor(control)
            try:
                self.monitor.handshake()
            except MonitorError:
                raise MonitorError(self.error_text().strip()) from None
            # QEMU has read or opened all files by now: nothing is left behind, even after SIGKILL.
            shutil.rmtree(self.folder, ignore_errors=True)
            self.drains = {name: Drain(getattr(self, name)) for name in drain}
        except BaseException:
            self.close()
            raise

    def _socket(self, flags, name):
        ours, theirs = socket.socketpair()
        self.wires.append(ours)
        flags += ["-chardev", f"socket,id={name},fd={theirs.fileno()}"]
        return ours, theirs

    def _pipe(self, flags, name):
        """A pipe holds many single bytes; a socket keeps a buffer for each and is soon full."""
        reader, writer = os.pipe()
        ours, theirs = os.fdopen(reader, "rb", 0), os.fdopen(writer, "wb", 0)
        self.wires.append(ours)
        flags += ["-chardev", f"file,id={name},path=/dev/fd/{theirs.fileno()}"]
        return ours, theirs

    def _start(self, command, ends):
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors,
            pass_fds=[end.fileno() for end in ends], preexec_fn=die_with_parent,
            start_new_session=True)
        for end in ends:
            end.close()

    def error_text(self):
        """What QEMU itself complained about."""
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def screendump(self, path):
        """Write the screen's picture to `path`, as PNG."""
        with open(path, "wb") as file:
            file.write(png(*self.screen()))

    def screen(self):
        """The screen as (width, height, bytes of red, green, blue)."""
        with tempfile.TemporaryDirectory(prefix="braid-") as folder:
            ppm = os.path.join(folder, "screen.ppm")
            self.monitor.command("screendump", filename=ppm)
            return read_ppm(ppm)

    def halted(self):
        """Whether every CPU has executed HLT and waits."""
        registers = self.monitor.command("human-monitor-command",
                                         **{"command-line": "info registers -a"})
        return "HLT=1" in registers and "HLT=0" not in registers

    def press(self, *keys):
        """Press keys together, by QEMU's names: press("ctrl", "c")."""
        self.monitor.command("send-key", keys=[{"type": "qcode", "data": key} for key in keys],
                             **{"hold-time": 10})

    def type(self, text):
        """Type text on the keyboard, as on a US layout."""
        for char in text:
            self.press(*keys_for(char))

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for drain in self.drains.values():
            drain.join()
        for file in self.wires + [self.errors]:
            file.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# The US layout: what is printed on a key, without and with Shift, and QEMU's name of the key.
PLAIN = {" ": "spc", "\n": "ret", "\t": "tab", "-": "minus", "=": "equal", "[": "bracket_left",
         "]": "bracket_right", ";": "semicolon", "'": "apostrophe", "`": "grave_accent",
         "\\": "backslash", ",": "comma", ".": "dot", "/": "slash"}
SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./"))


def keys_for(char):
    """The keys to hold for one character."""
    if char in SHIFTED:
        return ("shift",) + keys_for(SHIFTED[char])
    if char.isupper():
        return "shift", char.lower()
    return (PLAIN.get(char, char),)


def read_ppm(path):
    """A binary PPM file as QEMU writes it: "P6", size, 255, each with one white space after it."""
    with open(path, "rb") as file:
        magic, size, depth = (file.readline().strip() for _ in range(3))
        if magic != b"P6" or depth != b"255":
            raise ValueError(f"{path}: not a PPM file as expected")
        width, height = map(int, size.split())
        return width, height, file.read(width * height * 3)


def png(width, height, pixels):
    """A PNG file of RGB pixels (PNG specification, sections 5 and 11): each line is unfiltered."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data))
    stride = width * 3
    lines = b"".join(b"\0" + pixels[y * stride:(y + 1) * stride] for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0,
                                                             0, 0))
            + chunk(b"IDAT", zlib.compress(lines, 6)) + chunk(b"IEND", b""))


def interactive_flags(options, folder):
    flags = machine_flags(options.mem, options.cpus) + boot_flags("bios", IMAGE, folder)
    flags += ["-debugcon", "file:" + os.path.join(TOP, "build", "kernel.log")]
    if options.args:
        flags += file_flags({"cmdline": options.args.encode()}, folder)
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        flags += ["-display", "none"]
    return flags


def run(options, folder):
    """The shell on this terminal. In a window too, where there is a display."""
    print("Braid starts. Ctrl-A X ends QEMU; its log is in build/kernel.log.", flush=True)
    return subprocess.call([QEMU] + interactive_flags(options, folder) + ["-serial", "mon:stdio"])


def debug(options, folder):
    """QEMU halted at its first instruction, and gdb on this terminal."""
    gdb_socket = os.path.join(folder, "gdb")
    flags = interactive_flags(options, folder)
    flags += ["-serial", "pty", "-gdb", f"unix:{gdb_socket},server=on,wait=off", "-S"]
    # A session of its own: Ctrl-C is for gdb alone.
    with subprocess.Popen([QEMU] + flags, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          start_new_session=True, preexec_fn=die_with_parent) as qemu:
        try:
            # QEMU names the terminal once all its sockets are there.
            name = qemu.stdout.readline().decode().strip()
            if not name:
                return qemu.wait()
            print("Serial line:", name, "(screen or minicom can open it)", flush=True)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            return subprocess.call(
                ["gdb", "-q", KERNEL, "-x", os.path.join(TOP, "tests", "gdb.py"),
                 "-ex", "target remote " + shlex.quote(gdb_socket)])
        finally:
            qemu.kill()


def main():
    parser = argparse.ArgumentParser(description="Run Braid in QEMU, on this terminal.")
    parser.add_argument("what", choices=["run", "debug"])
    parser.add_argument("--mem", default="512M")
    parser.add_argument("--cpus", default="1")
    parser.add_argument("--args", default="")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):  # leave nothing behind
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    with tempfile.TemporaryDirectory(prefix="braid-") as folder:
        return {"run": run, "debug": debug}[options.what](options, folder)


if __name__ == "__main__":
    sys.exit(main())
