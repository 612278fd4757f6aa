#!/bin/sh
# SPDX-License-Identifier: ISC
#
# See that the tools are there which the build, the tests and `make run` need: setup.sh [debug|bench]
#
# Says what is missing and installs it with apt-get, as root or through sudo. Refuses a tool whose
# version is known not to work. Does nothing, quickly, where all is well. CROSS= in the environment
# is the compiler's prefix, as in the Makefile.
set -eu
cross=${CROSS-}
ovmf=/usr/share/OVMF/OVMF_CODE_4M.fd
font=/usr/share/consolefonts/Uni2-VGA16.psf.gz
missing=

have() { command -v "$1" > /dev/null 2>&1; }

need() { # PACKAGE: the commands after it failed
    missing="$missing $1"
}

refuse() {
    echo "setup: $1" >&2
    exit 1
}

# The packages for which something is lacking. A cross compiler of the user's own is not ours to
# install, apart from Debian's.
find_missing() {
    missing=
    case $cross in
    '') have gcc || need gcc; have ld || need binutils ;;
    x86_64-linux-gnu-)
        have "${cross}gcc" || need gcc-x86-64-linux-gnu
        have "${cross}ld" || need binutils-x86-64-linux-gnu ;;
    *)
        have "${cross}gcc" || refuse "there is no ${cross}gcc: install it, or leave CROSS away"
        have "${cross}ld" || refuse "there is no ${cross}ld: install it, or leave CROSS away" ;;
    esac
    have make || need make
    have qemu-system-x86_64 || need qemu-system-x86
    have grub-mkrescue || need grub-common
    [ -f /usr/lib/grub/i386-pc/multiboot2.mod ] || need grub-pc-bin
    [ -f /usr/lib/grub/x86_64-efi/multiboot2.mod ] || need grub-efi-amd64-bin
    have xorriso || need xorriso
    have mformat || need mtools
    [ -f "$ovmf" ] || need ovmf
    [ -f "$font" ] || need console-setup-linux
    [ -x /usr/bin/python3 ] || need python3
    [ -d /usr/lib/python3/dist-packages/pytest ] || need python3-pytest
    [ -d /usr/lib/python3/dist-packages/pexpect ] || need python3-pexpect
    busybox_is_static || need busybox-static
    if [ "${1-}" = debug ]; then
        have gdb || need gdb
    fi
    if [ "${1-}" = bench ]; then
        ls /boot/vmlinuz-*-cloud-amd64 > /dev/null 2>&1 || need linux-image-cloud-amd64
    fi
}

# Debian has a dynamic package, busybox, as well; that one has no use here.
busybox_is_static() {
    for file in /usr/bin/busybox /bin/busybox; do
        if [ -x "$file" ]; then
            # A dynamic program names its loader at the start of the file.
            ! head -c 4096 "$file" | grep -q ld-linux
            return
        fi
    done
    return 1
}

install_missing() {
    echo "setup: needed and not installed:$missing"
    have apt-get || refuse "there is no apt-get here; please install these yourself"
    as_root=
    if [ "$(id -u)" != 0 ]; then
        have sudo || refuse "neither root nor sudo; please run: apt-get install$missing"
        as_root=sudo
    fi
    echo "setup: installing with: apt-get install -y --no-install-recommends$missing"
    # A fresh container has no package lists at all.
    if [ -z "$(find /var/lib/apt/lists -name '*Packages*' 2> /dev/null | head -n 1)" ]; then
        $as_root apt-get update -q
    fi
    # shellcheck disable=SC2086
    install="$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q
        --no-install-recommends $missing"
    $install || { $as_root apt-get update -q && $install; } ||
        refuse "apt-get could not install:$missing"
}

refuse_older() { # NAME VERSION LOWEST REASON
    case $2 in
    [0-9]*) ;;
    *) refuse "cannot tell the version of $1" ;;
    esac
    [ "${2%%.*}" -ge "$3" ] || refuse "$1 $2 is too old: $4; version $3 or later is needed"
}

check_versions() {
    machine=$("${cross}gcc" -dumpmachine)
    case $machine in
    x86_64-*) ;;
    *) refuse "${cross}gcc makes code for $machine, not for x86_64; set CROSS=" ;;
    esac
    refuse_older GCC "$("${cross}gcc" -dumpfullversion)" 10 \
        "the kernel is written for later compilers"
    refuse_older QEMU "$(qemu-system-x86_64 --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')" \
        6 "tests/vm uses its -action switch"
    grub=$(grub-mkrescue --version | sed -n 's/.* \([0-9][0-9.]*\).*/\1/p')
    case $grub in
    0.* | 1.* | 2.00* | 2.02*) refuse "GRUB $grub is too old: its multiboot2 loader gives no ACPI \
pointer under UEFI; version 2.04 or later is needed" ;;
    esac
    /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))' ||
        refuse "$(/usr/bin/python3 -V) is too old; version 3.9 or later is needed"
}

find_missing "$@"
if [ -n "$missing" ]; then
    install_missing
    find_missing "$@"
    [ -z "$missing" ] || refuse "still missing after the installation:$missing"
fi
check_versions
