#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Lay out the root file system and pack it: stage.sh BUILD-DIR BUSYBOX PROGRAMS TESTS
#
# What comes in: iso/root as it is, PROGRAMS (a list in one word) in /usr/bin, TESTS in
# /usr/lib/tests, and busybox. The layout is Debian's merged one: /bin, /sbin, /lib and /lib64
# are links into /usr. Out: BUILD-DIR/root.cpio, made from BUILD-DIR/root.
set -eu
build=$1
busybox=$2
programs=$3
tests=$4
root=$build/root

strip_into() { # DIR FILE...
    into=$1
    shift
    for file; do
        "$OBJCOPY" --strip-debug "$file" "$into/${file##*/}"
    done
}

rm -rf "$root"
mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib/tests" "$root/usr/lib64"
for name in bin sbin lib lib64; do
    ln -s "usr/$name" "$root/$name"
done
mkdir -p "$root/etc" "$root/dev/shm" "$root/dev/pts" "$root/proc" "$root/sys" "$root/root" \
    "$root/home" "$root/run" "$root/mnt" "$root/tmp" "$root/var/tmp"
ln -s ../run "$root/var/run"
chmod 755 "$root" "$root/etc" "$root/usr" "$root/usr/bin"
chmod 700 "$root/root"
chmod 1777 "$root/tmp" "$root/var/tmp" "$root/dev/shm"

cp -R iso/root/. "$root/"
# shellcheck disable=SC2086
strip_into "$root/usr/bin" $programs
# shellcheck disable=SC2086
strip_into "$root/usr/lib/tests" $tests
ln -s ../bin/init "$root/usr/sbin/init"
cp "$busybox" "$root/usr/bin/busybox"
chmod 755 "$root/usr/bin/busybox"

# What we have no program of our own for is busybox under that name.
grep -v '^#' user/busybox.links | while read -r name; do
    [ -e "$root/usr/bin/$name" ] || ln -s busybox "$root/usr/bin/$name"
done

"$PYTHON" boot/cpio.py "$root" > "$build/root.cpio.new"
mv "$build/root.cpio.new" "$build/root.cpio"
