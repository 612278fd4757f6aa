#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Write the image to a USB stick: usb.sh DEVICE IMAGE
#
# Shows what DEVICE is and asks; refuses what is not a whole disk or is in use.
set -eu
device=$1
image=$2

refuse() {
    echo "make usb: $1" >&2
    exit 1
}

[ -n "$device" ] || refuse "name the stick: make usb DEV=/dev/sdX (lsblk lists the disks)"
[ -b "$device" ] || refuse "$device is not a block device"
[ "$(lsblk -dno TYPE "$device")" = disk ] || refuse "$device is not a whole disk"
if lsblk -nro MOUNTPOINT "$device" | grep -q .; then
    refuse "$device is mounted; unmount it first"
fi
size=$(stat -Lc %s "$image")
[ "$(lsblk -bdno SIZE "$device")" -ge "$size" ] || refuse "$device is smaller than $image"

lsblk -o NAME,SIZE,TYPE,TRAN,VENDOR,MODEL,LABEL "$device"
printf 'Everything on %s will be lost. Type its name again to write to it: ' "$device"
read -r answer || answer=
[ "$answer" = "$device" ] || refuse "nothing was written"

write="dd if=$image of=$device bs=4M conv=fsync status=progress"
if [ -w "$device" ]; then
    $write
else
    sudo $write
fi
echo "$device now boots Braid, from BIOS and from UEFI."
