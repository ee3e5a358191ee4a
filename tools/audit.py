"""`python -m tools.audit`: are the dependencies pinned, whole, and without known holes?

The first two come from the files here. Known holes come from pip-audit from a database on the network; it is
installed in an environment of its own (var/audit), so that nothing of it runs beside newsdesk. Exit status: 0 all is
well, 1 something is wrong, 2 the database could not be asked.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINNED = ("requirements.txt", "requirements-dev.txt")
PIN = re.compile(r"([A-Za-z0-9][-A-Za-z0-9._]*)(?:\[[^]]*\])?==(\S+)")
OWN = ROOT / "var" / "audit"


def pins(path: Path) -> Iterator[tuple[str, str, int]]:
    """Each requirement of a file: its name, its version ("" where it is not pinned), how many hashes it has."""
    for line in path.read_text("utf-8").replace("\\\n", " ").splitlines():
        line = line.strip()
        if not line or line.startswith(("#", "-")):
            continue
        found = PIN.match(line)
        name = found[1] if found else line.split()[0]
        yield name, found[2] if found else "", len(re.findall(r"--hash=sha256:[0-9a-f]{64}", line))


def unpinned() -> list[str]:
    """What is wrong with the pins, one sentence each."""
    wrong = []
    for name in PINNED:
        for package, version, hashes in pins(ROOT / name):
            if not version or not hashes:
                wrong.append(f"{name}: {package} has no {'hash' if version else 'version'}")
    return wrong


def broken() -> str:
    """What pip says of installed packages that do not fit together; "" where all do."""
    done = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout.strip() or done.stderr.strip()


def _auditor() -> str | None:
    """The program pip-audit, installed where it is not there yet; None where that cannot be done."""
    program = OWN / "bin" / "pip-audit"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(OWN)], check=True)
        command = [str(OWN / "bin" / "python"), "-m", "pip", "install", "--quiet", "pip-audit"]
        if subprocess.run(command, check=False).returncode:
            return None
    return str(program)


def main() -> int:
    wrong = unpinned() + ([broken()] if broken() else [])
    for line in wrong:
        print(f"wrong: {line}")
    if wrong:
        return 1
    print("All dependencies are pinned with hashes and fit together.")
    program = _auditor()
    if program is None:
        print("pip-audit cannot be installed here: without the network nobody tells known holes. Run this where it is.")
        return 2
    asked = [word for name in PINNED for word in ("--requirement", str(ROOT / name))]
    done = subprocess.run(
        [program, "--disable-pip", "--require-hashes", *asked], capture_output=True, text=True, check=False
    )
    print(done.stdout, done.stderr, sep="")
    if done.returncode and re.search(
        "ConnectionError|ServiceError|Max retries|Connection refused|HTTPError", done.stderr
    ):
        print("The database of known holes could not be reached; what is pinned was not compared with it.")
        return 2
    return min(done.returncode, 1)


if __name__ == "__main__":
    sys.exit(main())
