# SPDX-License-Identifier: ISC
"""Every way to start, the boot menu, and the wrong turns of a boot."""
import os
import subprocess
import tempfile

import pytest
from screen import read_text, vga_text
from support import BUILD, FACTOR, explain, machine, serial_shell, type_line, vm, wait_until


@pytest.mark.parametrize("boot", list(machine.BOOTS))
def test_matrix(boot):
    """BIOS and UEFI, from a disk, a CD and a USB stick: a command runs."""
    done = vm("--boot", boot, "--", "echo booted; cat /proc/cmdline | wc -l; exit 3", check=3)
    assert done.stdout == b"booted\n1\n", explain(done)


@pytest.mark.parametrize("boot", ["bios", "uefi"])
def test_screen_shows_the_prompt(boot):
    """The framebuffer console comes up under both firmwares."""
    with machine.Machine(boot=boot) as vm_machine:
        serial_shell(vm_machine, 60)
        wait_until(lambda: any(line.endswith(("#", "# ", "$")) for line in
                               read_text(vm_machine.screen())), "prompt on the screen")


def test_first_prompt_is_quick():
    """From QEMU's start to the prompt in three seconds of CPU time (a busy host does not count)."""
    with machine.Machine() as vm_machine:
        serial_shell(vm_machine)
        with open(f"/proc/{vm_machine.process.pid}/stat", encoding="ascii") as file:
            user, system = file.read().rpartition(")")[2].split()[11:13]
        seconds = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    assert seconds < 3 * FACTOR


def choose(vm_machine, entry):
    """Bring up the menu, which a machine of another make than QEMU shows, and pick an entry."""
    def menu():
        return any("Braid: safe" in line for line in
                   vga_text(read_memory(vm_machine, 0xb8000, 4000)))
    wait_until(menu, "boot menu")
    for _ in range(entry):
        vm_machine.press("down")
    vm_machine.press("ret")


def read_memory(vm_machine, address, size):
    with tempfile.NamedTemporaryFile() as file:
        vm_machine.monitor.command("pmemsave", val=address, size=size, filename=file.name)
        return file.read()


PC = ["-smbios", "type=1,manufacturer=PC"]


def test_menu_selftest():
    """The second entry runs the kernel's unit tests, then goes on as usual."""
    with machine.Machine(more=PC) as vm_machine:
        choose(vm_machine, 1)
        child = serial_shell(vm_machine, 60)
        type_line(child, "dmesg | grep 'selftest:' | tail -1", r"selftest: \d+ passed, 0 failed")


def test_menu_safe():
    """The safe entry stays in text mode, and the console is there and on the serial line."""
    with machine.Machine(more=PC, cpus=2) as vm_machine:
        choose(vm_machine, 2)
        child = serial_shell(vm_machine, 60)
        type_line(child, "cat /proc/cmdline", "cpus=1 console=both log=debug")
        wait_until(lambda: any("#" in line for line in
                               vga_text(read_memory(vm_machine, 0xb8000, 4000))),
                   "prompt in text mode")


# Wrong turns --------------------------------------------------------------------------------------


def make_image(folder, menu, with_root=True):
    """An image with a menu of one's own, and maybe without the root file system."""
    tree = os.path.join(folder, "tree")
    os.makedirs(os.path.join(tree, "boot", "grub"))
    os.link(os.path.join(BUILD, "iso", "boot", "braid.elf"), os.path.join(tree, "boot/braid.elf"))
    if with_root:
        os.link(os.path.join(BUILD, "root.cpio"), os.path.join(tree, "boot/root.cpio"))
    with open(os.path.join(tree, "boot/grub/grub.cfg"), "w", encoding="ascii") as file:
        file.write("set timeout=0\nmenuentry x {\n" + menu + "\nboot\n}\n")
    image = os.path.join(folder, "braid.iso")
    subprocess.run(["grub-mkrescue", "-o", image, "--install-modules=normal multiboot2 smbios",
                    "--fonts=", "--locales=", "--themes=", "-d", "/usr/lib/grub/i386-pc", tree],
                   check=True, capture_output=True)
    return image


@pytest.fixture
def image_folder():
    """A folder on the build's file system, so that its files can be linked."""
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="image-") as folder:
        yield folder


def dead_machine_says(text, **options):
    """A machine that cannot start says why on the log, the serial line and the screen."""
    with machine.Machine(keep_screen=True, drain=("log", "serial"), **options) as vm_machine:
        def heard():
            return {name: drain.data for name, drain in vm_machine.drains.items()}
        wait_until(lambda: all(text.encode() in words for words in heard().values()),
                   lambda: f"{text!r} in {heard()}", 20)

        def on_screen():
            lines = vga_text(read_memory(vm_machine, 0xb8000, 4000))
            screen = vm_machine.screen()
            if screen[0] >= 800:
                lines = read_text(screen)
            return text in " ".join(lines)
        wait_until(on_screen, lambda: f"{text!r} on the screen", 20)


def test_no_module(image_folder):
    image = make_image(image_folder, "multiboot2 /boot/braid.elf", with_root=False)
    dead_machine_says("root file system", image=image)


def test_no_module_in_text_mode(image_folder):
    image = make_image(image_folder, "multiboot2 /boot/braid.elf\nset gfxpayload=text", False)
    dead_machine_says("root file system", image=image)


def test_module_that_is_no_archive(image_folder):
    image = make_image(image_folder,
                       "multiboot2 /boot/braid.elf\nmodule2 /boot/grub/grub.cfg root")
    dead_machine_says("root file system", image=image)


def test_cpu_without_long_mode():
    dead_machine_says("64-bit", more=["-cpu", "qemu32"])
