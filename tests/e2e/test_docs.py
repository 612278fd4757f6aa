# SPDX-License-Identifier: ISC
"""What the documents promise about the source."""
import os
import re

from support import TOP


def read(*path):
    with open(os.path.join(TOP, *path), encoding="utf-8") as file:
        return file.read()


def calls(kind):
    """(number, name) of each line of that kind in the list of system calls, in its order."""
    return [(int(number), name) for number, name
            in re.findall(rf"^{kind}\((\d+), (\w+),", read("kernel", "sys", "calls.h"), re.M)]


def rows():
    """The calls that have a row in docs/abi.md, as often as they stand in a first column."""
    return [name for line in read("docs", "abi.md").splitlines() if line.startswith("| `")
            for name in re.findall(r"`(\w+)`", line.split("|")[1])]


def test_each_call_has_one_row():
    """Every system call that exists is in docs/abi.md once, and nothing else is."""
    assert sorted(rows()) == sorted(name for _, name in calls("CALL"))


def test_calls_are_sorted():
    numbers = [int(n) for n in re.findall(r"^(?:CALL|LACK)\((\d+),", read("kernel", "sys", "calls.h"), re.M)]
    assert numbers == sorted(set(numbers))


def test_links_lead_somewhere():
    """A link to a file in the documents names one that is there."""
    for folder in ("docs", "."):
        for name in sorted(os.listdir(os.path.join(TOP, folder))):
            if not name.endswith(".md"):
                continue
            for target in re.findall(r"\]\(([^)#]+)[^)]*\)", read(folder, name)):
                if "://" not in target:
                    assert os.path.exists(os.path.join(TOP, folder, target)), (name, target)
