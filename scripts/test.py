#!/usr/bin/env python3
"""Runs `cargo test`; its last line is `N passed, N failed, N skipped`.

A test that needs data or a service is marked `#[ignore = "needs NAME"]` (several: "needs NAME and NAME"). It runs if
NEEDS finds them all, and is listed as skipped otherwise. A test ignored for another reason is never run here.

    scripts/test.py [ARGUMENTS of `cargo test`, default --workspace]
"""
import os
import re
import shutil
import subprocess
import sys


def is_file(variable):
    return os.path.isfile(os.environ.get(variable, ""))


def has_chromium():
    return any(map(shutil.which, ["chromium", "chromium-browser", "google-chrome"]))


def has_cuda():
    """A CUDA device, and a libtorch that can use it."""
    if not shutil.which("nvidia-smi") or subprocess.run(["nvidia-smi", "-L"], capture_output=True).returncode != 0:
        return False
    if os.environ.get("LIBTORCH_USE_PYTORCH"):
        check = "import sys, torch; sys.exit(not torch.cuda.is_available())"
        return subprocess.run(["python3", "-c", check], capture_output=True).returncode == 0
    return os.path.isfile(os.path.join(os.environ.get("LIBTORCH", ".libtorch"), "lib", "libtorch_cuda.so"))


NEEDS = {
    "PLAYLIST_FIT_DATA": lambda: os.path.isdir(os.environ.get("PLAYLIST_FIT_DATA", "")),
    "AXE_CORE": lambda: is_file("AXE_CORE"),
    "Chromium": has_chromium,
    "a CUDA device": has_cuda,
    "a user other than root": lambda: os.geteuid() != 0,
}

IGNORED = re.compile(r"^test (.+?) \.\.\. ignored(?:, (.*))?$")
RUNNING = re.compile(r"^running \d+ tests?$")
RESULT = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;")


class Run:
    """One `cargo test`: its output is copied to stdout while it is read."""

    def __init__(self, arguments):
        self.passed = self.failed = self.n_ignored = 0
        self.ignored = {}
        self.open = 0  # test binaries that have begun and not reported
        command = ["cargo", "test", "--locked", "--no-fail-fast", *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            self.read(line.rstrip("\n"))
        self.exit_code = process.wait()
        self.failed += self.open  # a binary that crashed reports nothing

    def read(self, line):
        if RUNNING.match(line):
            self.open += 1
        elif ignored := IGNORED.match(line):
            self.ignored[ignored[1]] = ignored[2] or "no reason given"
        elif result := RESULT.match(line):
            passed, failed, ignored = map(int, result.groups())
            self.passed += passed
            self.failed += failed
            self.n_ignored += ignored
            self.open -= 1


def missing(reason):
    """The missing needs of a test, or `None` if the test is ignored for another reason."""
    if not reason.startswith("needs "):
        return None
    return [need for need in reason[len("needs "):].split(" and ") if not NEEDS[need]()]


def main():
    arguments = sys.argv[1:] or ["--workspace"]
    first = Run(arguments)
    runs = [first]
    runnable = [name for name, reason in first.ignored.items() if missing(reason) == []]
    # A failed build has reported no test at all.
    if runnable:
        runs.append(Run([*arguments, "--lib", "--bins", "--tests", "--", "--ignored", "--exact", *runnable]))
    passed, failed = (sum(getattr(run, what) for run in runs) for what in ("passed", "failed"))
    skipped = {name: reason for name, reason in first.ignored.items() if name not in runnable}
    exit_code = next((run.exit_code for run in runs if run.exit_code), 0)
    if exit_code and not failed:
        failed = 1
        print("\nerror: cargo ended with an error before the tests; see above")
    print("\nSkipped:" if skipped else "")
    for name, reason in sorted(skipped.items()):
        print(f"  {name}: {reason}")
    n_skipped = max(len(skipped), first.n_ignored - len(runnable))
    print(f"{passed} passed, {failed} failed, {n_skipped} skipped")
    return exit_code or int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
