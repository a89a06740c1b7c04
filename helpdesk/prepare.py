"""Prepare a checkout: system packages, server programs for tests, the virtual environment from the lock, `.local/env`.

Run with the machine's own Python before anything is installed, so it stands on the standard library alone:
`python3 helpdesk/prepare.py run|test [--venv FOLDER]`. What is there already is left as it is.
"""

import argparse
import ctypes.util
import hashlib
import importlib.util
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
LOCK = CHECKOUT / "requirements.lock"
LOCAL = CHECKOUT / ".local"
OLDEST_PYTHON = (3, 11)

LOCAL_ENV = """\
# Written by `make setup`; belongs to this checkout alone. Remove it and its private services are never started again.
HELPDESK_PRIVATE_SERVICES=yes
SECRET_KEY={secret}
HELPDESK_URL=http://localhost:8000
HELPDESK_EXTRA_HOSTS=127.0.0.1
HELPDESK_HTTPS=no
HELPDESK_FILES=.local/files
HELPDESK_MAIL_FROM=podpora@helpdesk.example
HELPDESK_DEMO=yes
HELPDESK_STAFF_MFA=no
"""


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name) is not None


def _library(name: str) -> Callable[[], bool]:
    return lambda: ctypes.util.find_library(name) is not None


def _module(name: str) -> Callable[[], bool]:
    return lambda: importlib.util.find_spec(name) is not None


NEEDED_TO_RUN = {
    "python3-venv": _module("ensurepip"),
    "libpango-1.0-0": _library("pango-1.0"),
    "libpangoft2-1.0-0": _library("pangoft2-1.0"),
    "libharfbuzz-subset0": _library("harfbuzz-subset"),
}
NEEDED_TO_TEST = NEEDED_TO_RUN | {
    "chromium": _program("chromium"),
    "poppler-utils": _program("pdftotext"),
}
NEEDED = {"run": NEEDED_TO_RUN, "test": NEEDED_TO_TEST}

# Servers that tests start and end themselves, as package → program. They are unpacked and not installed: an installed
# package would start its server, and the next boot of the machine again.
SERVERS_TO_TEST = {"nginx": "nginx"}


def folder_of(checkout: Path) -> Path:
    """Where the private servers of a checkout live, apart for each of the machine's users."""
    return Path(f"/var/tmp/helpdesk-{os.getuid()}-{hashlib.sha256(str(checkout).encode()).hexdigest()[:10]}")


def make_private(folder: Path) -> None:
    """Make a folder that only we write to; others pass through it, as PostgreSQL's own user must.

    raises  SystemExit - somebody else made it, or it leads elsewhere
    """
    folder.mkdir(mode=0o711, exist_ok=True)
    seen = folder.lstat()
    if seen.st_uid != os.getuid() or folder.is_symlink():
        sys.exit(f"{folder} belongs to somebody else. Remove it and start again.")
    folder.chmod(0o711)  # also of one that an earlier version made, or a umask narrowed


UNPACKED = folder_of(CHECKOUT) / "programs"


def server_command(program: str) -> list[str] | None:
    """How a test starts a server of SERVERS_TO_TEST, with the libraries that came with it; None when it is not to be had."""
    folders = [*os.get_exec_path(), "/usr/local/sbin", "/usr/sbin", "/sbin"]
    if installed := shutil.which(program, path=os.pathsep.join(folders)):
        return [installed]
    for unpacked in (UNPACKED / "usr" / "sbin" / program, UNPACKED / "usr" / "bin" / program):
        if unpacked.exists():
            libraries = [*UNPACKED.glob("usr/lib/*-linux-gnu*"), *UNPACKED.glob("lib/*-linux-gnu*")]
            return ["env", f"LD_LIBRARY_PATH={os.pathsep.join(map(str, libraries))}", str(unpacked)]
    return None


def unpack_servers() -> None:
    """Fetch the servers that only tests need, with the libraries that the machine lacks, below the private folder.

    Nothing of it is installed, so no service of the machine starts; without apt and root the packages are named instead.
    """
    missing = [package for package, program in SERVERS_TO_TEST.items() if server_command(program) is None]
    if not missing:
        return
    if not _may_use_apt():
        print(f"Tests of {', '.join(missing)} are skipped; to have them, install: {' '.join(missing)}", flush=True)
        return
    print(f"Unpacking for tests: {' '.join(missing)}", flush=True)
    make_private(folder_of(CHECKOUT))
    archives = UNPACKED / "archives"
    (archives / "partial").mkdir(parents=True, exist_ok=True)
    _apt("update")
    _apt("--yes", "--no-install-recommends", "--download-only", "-o", f"Dir::Cache::archives={archives}", "install", *missing)
    for package in archives.glob("*.deb"):
        subprocess.run(["dpkg", "--extract", package, UNPACKED], check=True)
    shutil.rmtree(archives)


def _may_use_apt() -> bool:
    return os.getuid() == 0 and shutil.which("apt-get") is not None and os.environ.get("HELPDESK_NO_APT") != "1"


def _apt(*arguments: str) -> None:
    """Run apt-get quietly; it waits while another one runs."""
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "--quiet", "-o", "DPkg::Lock::Timeout=120", *arguments]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def install_packages(purpose: str) -> None:
    """Install what the machine lacks by apt as root on Debian and its kin; elsewhere name it and go on.

    Only a missing python3-venv stops: without the rest some pages or tests say themselves what they miss.
    """
    missing = [package for package, is_there in NEEDED[purpose].items() if not is_there()]
    if not missing:
        return
    names = " ".join(missing)
    if _may_use_apt():
        print(f"Installing by apt: {names}", flush=True)
        _apt("update")
        _apt("--yes", "--no-install-recommends", "install", *missing)
    else:
        print(f"Missing system packages, please install: {names}", flush=True)
        if "python3-venv" in missing:
            sys.exit(1)


def install_lock(venv: Path) -> None:
    """Bring the virtual environment to exactly what the lock names; nothing to do while the lock is the same."""
    wanted = f"{hashlib.sha256(LOCK.read_bytes()).hexdigest()} {venv.resolve()}\n"
    stamp = LOCAL / "installed"
    python = venv / "bin" / "python"
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    print("Installing the packages of requirements.lock", flush=True)
    quietly = ["--quiet", "--disable-pip-version-check", "--no-input"]
    subprocess.run([str(python), "-m", "pip", *quietly, "install", "--require-hashes", "--requirement", str(LOCK)], check=True)
    stamp.write_text(wanted)


def write_local_env() -> None:
    """Generate the secrets of this checkout once; only its owner may read them."""
    target = LOCAL / "env"
    if target.exists():
        return
    with os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(LOCAL_ENV.format(secret=secrets.token_urlsafe(48)))


def main() -> None:
    """Prepare this checkout for running it or for testing it."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit("Python 3.11 or newer is needed.")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("purpose", choices=NEEDED)
    parser.add_argument("--venv", type=Path, default=CHECKOUT / ".venv")
    arguments = parser.parse_args()
    LOCAL.mkdir(mode=0o700, exist_ok=True)
    LOCAL.chmod(0o700)  # also of one that something else made first
    install_packages(arguments.purpose)
    if arguments.purpose == "test":
        unpack_servers()
    install_lock(arguments.venv)
    write_local_env()


if __name__ == "__main__":
    main()
