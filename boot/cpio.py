#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Pack a directory tree into a cpio archive of the "newc" form, which the kernel unpacks.

    cpio.py DIR > ARCHIVE

Streams: a file's contents never are in memory as a whole. Entries are sorted, belong to root and,
apart from times, repeat to the byte. Files that share an inode become hard links: the first entry
carries the contents, later ones have length zero. Device nodes, fifos and sockets are left out.

The header: 110 bytes, the magic number and 13 fields of eight hexadecimal digits (cpio(5), "New
ASCII Format"); name and contents are each padded to four bytes.
"""
import os
import stat
import sys

LIMIT = 0xFFFFFFFF


class Writer:
    """One archive under way; `out` is a binary file that need not seek."""

    def __init__(self, out):
        self.out = out
        self.inodes = {}

    def _header(self, name, mode, size, inode=0, links=1, mtime=0):
        raw = os.fsencode(name) + b"\0"
        fields = (inode, mode, 0, 0, links, max(0, int(mtime)) & LIMIT, size, 0, 0, 0, 0,
                  len(raw), 0)
        head = b"070701" + b"".join(b"%08x" % field for field in fields) + raw
        self.out.write(head + b"\0" * (-len(head) % 4))

    def _inode(self, status):
        """A number for the archive, and whether this file was packed before."""
        key = (status.st_dev, status.st_ino)
        seen = key in self.inodes
        return self.inodes.setdefault(key, len(self.inodes) + 1), seen

    def _file(self, path, name, status):
        inode, seen = self._inode(status)
        if seen:
            self._header(name, status.st_mode, 0, inode, status.st_nlink, status.st_mtime)
            return
        if status.st_size > LIMIT:
            raise OSError(f"{path}: larger than 4 GiB, which this archive form cannot hold")
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._header(name, status.st_mode, size, inode, status.st_nlink, status.st_mtime)
            copied = 0
            while block := file.read(1 << 20):
                copied += self.out.write(block)
            if copied != size:
                raise OSError(f"{path}: changed while it was read")
        self.out.write(b"\0" * (-size % 4))

    def entry(self, path, name):
        """Add what is at `path`, itself and not what it links to, as `name`."""
        status = os.lstat(path)
        if stat.S_ISREG(status.st_mode):
            self._file(path, name, status)
        elif stat.S_ISLNK(status.st_mode):
            target = os.fsencode(os.readlink(path))
            self._header(name, status.st_mode, len(target), self._inode(status)[0],
                         1, status.st_mtime)
            self.out.write(target + b"\0" * (-len(target) % 4))
        elif stat.S_ISDIR(status.st_mode):
            self._header(name, status.st_mode, 0, self._inode(status)[0], 2, status.st_mtime)

    def tree(self, top):
        """Add all that is below `top`, each directory before what it holds."""
        def fail(error):
            raise error
        for folder, folders, files in os.walk(top, onerror=fail):
            folders.sort()
            for name in sorted(folders + files):
                path = os.path.join(folder, name)
                self.entry(path, os.path.relpath(path, top))

    def finish(self):
        self._header("TRAILER!!!", 0, 0)


def pack(top, out):
    writer = Writer(out)
    writer.tree(top)
    writer.finish()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    pack(sys.argv[1], sys.stdout.buffer)
