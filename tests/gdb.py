# SPDX-License-Identifier: ISC
"""Helpers for gdb on the kernel; `make debug` loads them.

    threads          every thread: id, process, CPU, state, what it waits for, where it is
    thread-bt ID     backtrace of a thread that does not run
    processes        every process as a tree: id, state, threads, name
    pagetable ADDR [ROOT]   each level of the walk for an address, from CR3 or from ROOT
"""
import gdb

DIRECT_MAP = 0xFFFF800000000000
ADDRESS_BITS = 0x000FFFFFFFFFF000
PAGE_FLAGS = ((1 << 63, "nx"), (1, "present"), (2, "write"), (4, "user"), (1 << 5, "accessed"),
              (1 << 6, "dirty"), (1 << 7, "large"), (1 << 8, "global"))


def container(node, type_name, member):
    """The struct that `node`, a value or an address, is the given member of."""
    struct = gdb.lookup_type(type_name)
    offset = next(field.bitpos // 8 for field in struct.fields() if field.name == member)
    return gdb.Value(int(node) - offset).cast(struct.pointer())


def tree_nodes(node):
    """Addresses of a red-black tree's nodes, in order."""
    if int(node):
        yield from tree_nodes(node["left"])
        yield int(node)
        yield from tree_nodes(node["right"])


def list_items(head, type_name, member):
    """The structs in a ring list; `head` is the list head itself."""
    node = head["next"]
    while int(node) != int(head.address):
        yield container(node, type_name, member)
        node = node["next"]


def text(array):
    return array.string(errors="replace")


def enum_word(value):
    """THREAD_BLOCKED as "blocked"."""
    return str(value).split("_", 1)[-1].lower()


def all_threads():
    root = gdb.parse_and_eval("'kernel/sched/thread.c'::table.by_id.root")
    for node in tree_nodes(root):
        yield container(node, "struct thread", "id_node")


def switch_frame(thread):
    """What a thread that does not run has left on its stack (kernel/x86/context.c)."""
    pointer = gdb.Value(int(thread["context"]["rsp"]))
    return pointer.cast(gdb.lookup_type("struct switch_frame").pointer())


def return_addresses(thread):
    """Where a thread that does not run goes on, then its callers along the frame pointers."""
    word = gdb.lookup_type("unsigned long").pointer()
    saved = switch_frame(thread)
    slot, frame = int(saved), int(saved["rbp"])
    yield int(saved["ret"])
    top = int(thread["context"]["stack_top"])
    while slot < frame < top - 8:
        yield int(gdb.Value(frame + 8).cast(word).dereference())
        slot, frame = frame, int(gdb.Value(frame).cast(word).dereference())


def place(address):
    """An address as function and line; a function that was made part of another is not named."""
    block, name = gdb.block_for_pc(address), hex(address)
    while block:
        name = block.function.name if block.function else name
        block = block.superblock
    line = gdb.find_pc_line(address)
    return f"{name} {line.symtab.filename}:{line.line}" if line.symtab else name


def waiting_place(thread):
    """The innermost place of a thread that is not the scheduler's."""
    places = [place(address) for address in return_addresses(thread)]
    own = [text for text in places if "kernel/sched/" not in text and "kernel/x86/" not in text]
    return (own or places)[0]


class Threads(gdb.Command):
    """threads: every thread of the kernel."""

    def __init__(self):
        super().__init__("threads", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        print(f"{'id':>5} {'pid':>5} cpu {'state':<9} {'name':<16} waits for / goes on at")
        for thread in all_threads():
            process = thread["process"]
            pid = int(process["id"]) if int(process) else 0
            state = enum_word(thread["state"])
            reason = thread["wait_reason"]
            note = text(reason) if int(reason) and state in ("blocked", "sleeping") else ""
            if state not in ("running", "new", "dead"):
                note += "  " + waiting_place(thread)
            print(f"{int(thread['id']):5} {pid:5} {int(thread['cpu']):3} {state:<9} "
                  f"{text(thread['name']):<16} {note}")


class ThreadBacktrace(gdb.Command):
    """thread-bt ID: backtrace of a thread that does not run, along its frame pointers."""

    def __init__(self):
        super().__init__("thread-bt", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        wanted = int(gdb.parse_and_eval(argument))
        thread = next((t for t in all_threads() if int(t["id"]) == wanted), None)
        if thread is None:
            raise gdb.GdbError(f"there is no thread {wanted}")
        if enum_word(thread["state"]) == "running":
            raise gdb.GdbError("it runs: use bt")
        for address in return_addresses(thread):
            print(f"{address:#x} {place(address)}")


class Processes(gdb.Command):
    """processes: every process, as a tree."""

    def __init__(self):
        super().__init__("processes", gdb.COMMAND_STATUS)

    def invoke(self, argument, from_tty):
        first = gdb.parse_and_eval("init_process")
        if not int(first):
            print("there is no process yet")
            return
        print(f"{'id':>5} {'group':>5} {'state':<7} threads  root              name")
        self.show(first, 0)

    def show(self, process, depth):
        space = process["space"]
        root = int(space["root"]["addr"]) if int(space) else 0
        print(f"{int(process['id']):5} {int(process['group']):5} "
              f"{enum_word(process['state']):<7} {int(process['thread_count']):7}  {root:#016x}  "
              f"{'  ' * depth}{text(process['name'])}")
        for child in list_items(process["children"], "struct process", "sibling"):
            self.show(child, depth + 1)


class PageTable(gdb.Command):
    """pagetable ADDR [ROOT]: each level of the walk for a virtual address.

    ROOT is the physical address of the top table, CR3's by default."""

    def __init__(self):
        super().__init__("pagetable", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = gdb.string_to_argv(argument)
        if not 1 <= len(words) <= 2:
            raise gdb.GdbError(self.__doc__)
        mask = (1 << 64) - 1
        address = int(gdb.parse_and_eval(words[0])) & mask
        table = int(gdb.parse_and_eval(words[1] if len(words) == 2 else "$cr3")) & ADDRESS_BITS
        word = gdb.lookup_type("unsigned long").pointer()
        for level in (4, 3, 2, 1):
            index = address >> (12 + 9 * (level - 1)) & 511
            try:
                entry = int(gdb.Value(DIRECT_MAP + table + 8 * index).cast(word).dereference())
            except gdb.MemoryError:
                raise gdb.GdbError("the kernel's direct map is not there yet") from None
            flags = " ".join(name for bit, name in PAGE_FLAGS if entry & bit)
            print(f"level {level} table {table:#x} [{index}] = {entry:#018x} {flags}")
            if not entry & 1:
                return
            table = entry & ADDRESS_BITS
            if entry & 0x80 and level > 1:
                break
        size = 1 << (12 + 9 * (level - 1))
        print(f"physical {(table & ~(size - 1)) + address % size:#x}")


for command in (Threads, ThreadBacktrace, Processes, PageTable):
    command()
gdb.execute("set pagination off")
print("Helpers: threads, thread-bt ID, processes, pagetable ADDR")
