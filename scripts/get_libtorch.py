#!/usr/bin/env python3
"""Put libtorch 2.11.0 for the CPU into a folder (default: .libtorch), once.

In this order: the user's LIBTORCH; an installed PyTorch of this version (LIBTORCH_USE_PYTORCH=1, or the
python3 on the path has it); PyTorch's wheels, of which only the CPU half is kept. libtorch.txt pins the
SHA-256 of every wheel: pip checks it, and this script checks it again before it unpacks one.
The folder appears whole or not at all: all work happens in a temporary folder beside it.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

VERSION = "2.11.0"
WHEELS = Path(__file__).with_name("libtorch.txt")
PLATFORMS = ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_25_x86_64",
             "manylinux2014_x86_64", "manylinux_2_17_x86_64"]
# What a CPU program loads; libtorch_cpu.so of the wheel names the last two, and never calls them on a CPU.
LIBRARIES = {"libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libcudart.so.13", "libcupti.so.13"}

MISMATCH = ("Run the command again in case the download was damaged; if it fails again, check the package index and proxy "
            "that pip uses, or set LIBTORCH to an unpacked libtorch " + VERSION + ".")


def say(text):
    print(f"libtorch: {text}", file=sys.stderr, flush=True)


def stop(text):
    say(text)
    sys.exit(1)


def installed_pytorch():
    """The folder of the python3 on the path's own PyTorch, if it is of this version."""
    program = "import torch, pathlib; print(torch.__version__.split('+')[0]); print(pathlib.Path(torch.__file__).parent)"
    found = subprocess.run(["python3", "-c", program], capture_output=True, text=True)
    lines = found.stdout.split("\n")
    return Path(lines[1]) if found.returncode == 0 and lines[0] == VERSION else None


def pinned_hashes():
    """File name prefix of each wheel in libtorch.txt ("torch-2.11.0-") to its SHA-256. Stops at a line without one."""
    pinned = {}
    for number, line in enumerate(WHEELS.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.+]+) --hash=sha256:([0-9a-f]{64})", line.strip())
        if not match:
            stop(f"{WHEELS}, line {number}: expected NAME==VERSION --hash=sha256:HEX with one hash")
        name, version, sha256 = match.groups()
        pinned[f"{name.replace('-', '_')}-{version}-"] = sha256
    return pinned


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def verify(wheels, pinned):
    """The paths of the wheels in the folder, one for each pin. Stops if one is missing, or has another SHA-256 (deleted)."""
    found = {}
    for path in sorted(wheels.iterdir()):
        prefix = next((prefix for prefix in pinned if path.name.startswith(prefix)), None)
        sha256 = sha256_of(path)
        if prefix is None or sha256 != pinned[prefix]:
            path.unlink()
            wanted = f"{WHEELS} pins {pinned[prefix]}" if prefix else f"{WHEELS} does not list it"
            stop(f"{path.name}: SHA-256 is {sha256}, but {wanted}. The file was deleted and nothing was unpacked. {MISMATCH}")
        found[prefix] = path
    missing = pinned.keys() - found.keys()
    if missing:
        stop(f"pip downloaded no wheel for {', '.join(sorted(missing))}: check {WHEELS}")
    return list(found.values())


def from_wheel(folder):
    """Cut the CPU half out of the PyPI wheel: 498 MB in `folder`/libtorch."""
    wheels = folder / "wheels"
    platforms = [word for name in PLATFORMS for word in ("--platform", name)]
    pinned = pinned_hashes()
    download = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes",
         "--no-cache-dir", "--python-version", "3.12", "--implementation", "cp", "--abi", "cp312", "--abi", "none",
         *platforms, "--dest", str(wheels), "--requirement", str(WHEELS)],
        stderr=subprocess.PIPE, text=True)
    sys.stderr.write(download.stderr)
    if "DO NOT MATCH THE HASHES" in download.stderr:
        stop(f"pip rejected a wheel whose SHA-256 is not the one that {WHEELS} pins (see above). The file was deleted and "
             f"nothing was unpacked. {MISMATCH}")
    if download.returncode != 0:
        stop("pip could not download PyTorch's wheel: check the network and that python3 has pip "
             "(Debian: apt install python3-pip), or set LIBTORCH to an unpacked libtorch " + VERSION)
    libtorch = folder / "libtorch"
    lib = libtorch / "lib"
    lib.mkdir(parents=True)
    for wheel in verify(wheels, pinned):
        with zipfile.ZipFile(wheel) as whole:
            for member in whole.infolist():
                name = Path(member.filename)
                if name.name in LIBRARIES:
                    target = lib / name.name
                elif name.parts[:2] == ("torch", "include") and not member.is_dir():
                    target = libtorch / name.relative_to("torch")
                else:
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                with whole.open(member) as source, open(target, "wb") as out:
                    shutil.copyfileobj(source, out)
    missing = LIBRARIES - {path.name for path in lib.iterdir()}
    if missing:
        stop(f"the wheel lacks {', '.join(sorted(missing))}: scripts/libtorch.txt and this script disagree")
    # The wheel's own libtorch.so needs libtorch_cuda.so; this one stands in its place.
    subprocess.run(["c++", "-shared", "-o", str(lib / "libtorch.so"), "-x", "c++", "/dev/null", "-Wl,--no-as-needed",
                    f"-L{lib}", "-l:libtorch_cpu.so", "-l:libc10.so", "-Wl,-rpath,$ORIGIN",
                    "-Wl,--allow-shlib-undefined"], check=True)
    (libtorch / "build-version").write_text(VERSION + "\n")
    shutil.rmtree(wheels)


def main():
    own = os.environ.get("LIBTORCH")
    target = Path(sys.argv[1] if len(sys.argv) > 1 else ".libtorch").absolute()
    if own and Path(own).absolute() != target:
        if not (Path(own) / "lib" / "libtorch_cpu.so").exists():
            stop(f"LIBTORCH={own} has no lib/libtorch_cpu.so; point it at an unpacked libtorch {VERSION} or unset it")
        return
    if os.environ.get("LIBTORCH_USE_PYTORCH"):
        if installed_pytorch() is None:
            stop(f"LIBTORCH_USE_PYTORCH is set, but python3 has no PyTorch {VERSION}; install it or unset the variable")
        return
    if (target / "lib" / "libtorch_cpu.so").exists():
        return
    pytorch = installed_pytorch()
    if pytorch:
        say(f"using the installed PyTorch in {pytorch}")
        target.symlink_to(pytorch, target_is_directory=True)
        return
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        stop(f"only Linux on x86_64 is set up by itself; set LIBTORCH to a libtorch {VERSION} for this machine")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".libtorch-", dir=target.parent) as work:
        say(f"fetching libtorch {VERSION} for the CPU (once, about 500 MB)")
        from_wheel(Path(work))
        try:
            (Path(work) / "libtorch").rename(target)
        except OSError:
            if not (target / "lib" / "libtorch_cpu.so").exists():  # another set-up may have been first
                raise
    say(f"ready in {target}")


if __name__ == "__main__":
    main()
