#!/usr/bin/env python3
"""Put libtorch 2.11.0 for the CPU into a folder (default: .libtorch), once.

In this order: the user's LIBTORCH; an installed PyTorch of this version (LIBTORCH_USE_PYTORCH=1, or the
python3 on the path has it); the official CPU archive; the PyPI wheel, of which only the CPU half is kept.
The folder appears whole or not at all: all work happens in a temporary folder beside it.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

VERSION = "2.11.0"
ARCHIVE = f"https://download.pytorch.org/libtorch/cpu/libtorch-shared-with-deps-{VERSION}%2Bcpu.zip"
CONNECT_SECONDS = 10
WHEELS = Path(__file__).with_name("libtorch.txt")
PLATFORMS = ["manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_25_x86_64",
             "manylinux2014_x86_64", "manylinux_2_17_x86_64"]
# What a CPU program loads; libtorch_cpu.so of the wheel names the last two, and never calls them on a CPU.
LIBRARIES = {"libtorch_cpu.so", "libc10.so", "libgomp.so.1", "libcudart.so.13", "libcupti.so.13"}


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


def from_archive(folder):
    """Unpack the official archive into `folder`; False where it cannot be had."""
    archive = folder / "libtorch.zip"
    try:
        with urllib.request.urlopen(ARCHIVE, timeout=CONNECT_SECONDS) as answer, open(archive, "wb") as out:
            shutil.copyfileobj(answer, out)
        with zipfile.ZipFile(archive) as whole:
            whole.extractall(folder)
    except (urllib.error.URLError, OSError, zipfile.BadZipFile) as why:
        say(f"the official archive cannot be had ({why}); taking the PyPI wheel")
        return False
    archive.unlink()
    return True


def from_wheel(folder):
    """Cut the CPU half out of the PyPI wheel: 498 MB in `folder`/libtorch."""
    wheels = folder / "wheels"
    platforms = [word for name in PLATFORMS for word in ("--platform", name)]
    download = subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes",
         "--no-cache-dir", "--python-version", "3.12", "--implementation", "cp", "--abi", "cp312", "--abi", "none",
         *platforms, "--dest", str(wheels), "--requirement", str(WHEELS)])
    if download.returncode != 0:
        stop("pip could not download PyTorch's wheel: check the network and that python3 has pip "
             "(Debian: apt install python3-pip), or set LIBTORCH to an unpacked libtorch " + VERSION)
    libtorch = folder / "libtorch"
    lib = libtorch / "lib"
    lib.mkdir(parents=True)
    for wheel in wheels.glob("*.whl"):
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
        if not from_archive(Path(work)):
            from_wheel(Path(work))
        try:
            (Path(work) / "libtorch").rename(target)
        except OSError:
            if not (target / "lib" / "libtorch_cpu.so").exists():  # another set-up may have been first
                raise
    say(f"ready in {target}")


if __name__ == "__main__":
    main()
