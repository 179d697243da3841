"""The machine on which the measurements run, without details that identify it."""

import os
import platform
import shutil
from pathlib import Path


def describe() -> dict[str, str]:
    """Return processor, cores, memory and operating system, by property."""
    return {
        "processor": _field("/proc/cpuinfo", "model name") or platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{int(_field('/proc/meminfo', 'MemTotal').split()[0]) / 2**20:.0f} GiB",
        "system": f"{platform.freedesktop_os_release()['PRETTY_NAME']}, "
        f"Linux {platform.release().split('-')[0]}, Python {platform.python_version()}",
    }


def available_memory() -> int:
    """Return how many bytes of memory processes may still take."""
    return int(_field("/proc/meminfo", "MemAvailable").split()[0]) * 1024


def free_disk(folder: Path) -> int:
    """Return how many bytes are free on the folder's disk."""
    return shutil.disk_usage(folder).free


def _field(path: str, name: str) -> str:
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return ""
