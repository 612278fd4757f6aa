#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Make an image from KERNEL-DIR/braid.elf and a root file system: image.sh KERNEL-DIR ROOT IMAGE
#
# grub-mkrescue makes one hybrid image that BIOS and UEFI start, from CD and from a USB stick. Only
# the GRUB modules are put in that iso/grub.cfg and GRUB's own start-up use; nothing is compressed,
# which boots fastest.
# The kernel goes in without debugging information, since GRUB would load that too.
set -eu
build=$1
root=$2
image=$3
modules="normal configfile multiboot2 echo test cpuid smbios keystatus all_video sleep
    reboot halt iso9660 fat part_acorn part_amiga part_apple part_bsd part_dfly part_dvh part_gpt
    part_msdos part_plan part_sun part_sunpc"

rm -rf "$build/iso"
mkdir -p "$build/iso/boot/grub"
"$OBJCOPY" --strip-all "$build/braid.elf" "$build/iso/boot/braid.elf"
ln "$root" "$build/iso/boot/root.cpio"
cp iso/grub.cfg "$build/iso/boot/grub/grub.cfg"

log=$build/obj/grub-mkrescue.log
if ! grub-mkrescue -o "$image.new" --compress=no --install-modules="$modules" \
    --fonts= --locales= --themes= "$build/iso" -- -volid BRAID > "$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
mv "$image.new" "$image"
