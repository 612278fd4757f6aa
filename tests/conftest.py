# SPDX-License-Identifier: ISC
"""How test results are told: one line a test, then details of what failed, then the count.

The last line is "N passed, N failed", alone. A test function may stand for several tests: it calls
the fixture `part(name, problem)` for each, and every part is a line and counts.
"""
import sys

import pytest

sys.dont_write_bytecode = True


class Reporter:
    """Stands in for pytest's own terminal reporter."""

    def __init__(self):
        self.passed = 0
        self.failures = []
        self.parts = []  # of the test function that runs: pytest holds back what is printed meanwhile

    def line(self, verdict, name, note=""):
        print(f"{verdict:<7} {name}{note}", flush=True)

    def result(self, name, problem, seconds=None):
        """Tell and count one test; `problem` is None or a text that says what went wrong."""
        note = f" ({seconds:.1f} s)" if seconds is not None and seconds >= 0.1 else ""
        if problem is None:
            self.passed += 1
            self.line("ok", name, note)
        else:
            self.failures.append((name, problem))
            self.line("FAILED", name, note)

    @staticmethod
    def short(nodeid):
        """e2e/test_boot.py::test_matrix[usb] as boot: matrix[usb]."""
        path, _, name = nodeid.partition("::")
        file = path.rsplit("/", 1)[-1]
        return f"{file.removesuffix('.py').removeprefix('test_')}: {name.removeprefix('test_')}"

    def pytest_runtest_logreport(self, report):
        name = self.short(report.nodeid)
        for part_name, problem in self.parts:
            self.result(f"{name}: {part_name}", problem)
        self.parts = []
        if report.failed:
            note = "" if report.when == "call" else f" [{report.when}]"
            self.result(name + note, report.longreprtext + output_of(report), report.duration)
        elif report.skipped:
            self.line("skipped", name, ": " + str(report.longrepr[-1]))
        elif report.when == "call":
            self.result(name, None, report.duration)

    def pytest_collectreport(self, report):
        if report.failed:
            self.result(report.nodeid or "collection", report.longreprtext)

    def pytest_internalerror(self, excrepr):
        self.result("pytest itself", str(excrepr))

    def pytest_keyboard_interrupt(self, excinfo):
        self.result("interrupted", str(excinfo.value) or "by the keyboard")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        for name, problem in self.failures:
            print(f"\n--- {name}\n{problem.rstrip()}")
        # Parts can fail without their function failing; no test at all is no success either.
        if self.failures or not self.passed:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print(f"\n{self.passed} passed, {len(self.failures)} failed", flush=True)


def output_of(report):
    """What the test printed."""
    return "".join(f"\n{title}:\n{text}" for title, text in report.sections)


def pytest_addoption(parser):
    parser.addoption("--usual-report", action="store_true", help="pytest's own way to report")
    parser.addoption("--machine", help="of tests that run on several machines: only on this one")


def pytest_collection_modifyitems(config, items):
    """With --machine NAME, tests with another parameter `machine` are left out."""
    wanted = config.getoption("--machine")
    if not wanted:
        return
    parameter = [getattr(item, "callspec", None) for item in items]
    items[:] = [item for item, spec in zip(items, parameter)
                if spec is None or spec.params.get("machine", wanted) == wanted]


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    config.reporter = None
    if not (config.option.usual_report or config.option.collectonly):
        config.pluginmanager.unregister(name="terminalreporter")
        config.reporter = Reporter()
        config.pluginmanager.register(config.reporter, "braid-reporter")


@pytest.fixture
def part(request):
    """A function part(name, problem=None) that tells one of several results of a test function."""
    def tell(name, problem=None):
        reporter = request.config.reporter
        if reporter:
            reporter.parts.append((name, problem))
        elif problem is not None:
            pytest.fail(f"{name}: {problem}")
    return tell
