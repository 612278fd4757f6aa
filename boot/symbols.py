#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Make the kernel's symbol table, from the output of `nm -n`.

    nm -n KERNEL | symbols.py > symbols.S      write the table
    nm -n KERNEL | symbols.py --check FILE     fail unless FILE's addresses are those of KERNEL

The table lives in a section of its own, .symbols, which linker.ld puts after everything else, so
that linking a second time with the table filled in moves no address. Its layout, little-endian:

    kernel_symbols_base    uint64_t  address that the offsets below count from
    kernel_symbols_count   uint64_t  number of entries
    kernel_symbols_start   struct { uint32_t address; uint32_t name; }  count of them, sorted by
                           address; name is an offset into the names
    kernel_symbols_names   the names, each ended by a zero byte

An address belongs to the last entry at or below it. Entries are functions and labels of the text
sections (nm's t, T and W).
"""
import sys

HIGH_HALF = 0xFFFF800000000000


def read_symbols(lines):
    """The text symbols of the higher half, sorted, one name an address, local labels left out."""
    chosen = {}
    for line in lines:
        fields = line.split()
        if len(fields) != 3:
            continue
        address, kind, name = int(fields[0], 16), fields[1], fields[2]
        if kind not in "tTW" or address < HIGH_HALF or name.startswith("."):
            continue
        # Of two names for one place the global one says more.
        if address not in chosen or (kind == "T" and chosen[address][0] != "T"):
            chosen[address] = (kind, name)
    return [(address, chosen[address][1]) for address in sorted(chosen)]


def assembly(symbols):
    """The table as assembler text."""
    base = symbols[0][0] if symbols else 0
    out = ["// made by boot/symbols.py", '.section .symbols, "a"', ".balign 8"]
    out += [".globl kernel_symbols_base, kernel_symbols_count",
            ".globl kernel_symbols_start, kernel_symbols_names",
            f"kernel_symbols_base: .quad {base:#x}",
            f"kernel_symbols_count: .quad {len(symbols)}",
            "kernel_symbols_start:"]
    offset = 0
    for address, name in symbols:
        out.append(f".long {address - base:#x}, {offset}")
        offset += len(name) + 1
    out.append("kernel_symbols_names:")
    out += [f'.asciz "{name}"' for _, name in symbols]
    out += ['.section .note.GNU-stack, "", @progbits', ""]
    return "\n".join(out)


def main():
    text = assembly(read_symbols(sys.stdin))
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="ascii") as file:
            if file.read() != text:
                sys.exit("symbols.py: the second link moved addresses: "
                         ".symbols must be the last section in linker.ld")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
