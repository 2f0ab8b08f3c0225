"""Facts about the machine and the programs on it, for the head of each report."""
import datetime
import os
import platform
import re
import subprocess

from meter import cgroup_root, read


def output(*arguments):
    try:
        done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").strip()


def package_version(package):
    return output("dpkg-query", "-W", "-f", "${Version}", package) or "not installed"


def processor():
    found = re.search(r"^model name\s*:\s*(.*)$", read("/proc/cpuinfo"), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def memory_total():
    found = re.search(r"^MemTotal:\s*(\d+)", read("/proc/meminfo"), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0


def memory_available():
    found = re.search(r"^MemAvailable:\s*(\d+)", read("/proc/meminfo"), re.MULTILINE)
    return int(found.group(1)) * 1024 if found else 0


def filesystem(folder):
    fields = output("findmnt", "-n", "-o", "SOURCE,FSTYPE,OPTIONS", "-T", folder).split()
    return {"source": fields[0], "type": fields[1], "options": fields[2]} if len(fields) >= 3 else {}


def system():
    found = re.search(r'^PRETTY_NAME="?([^"\n]*)', read("/etc/os-release"), re.MULTILINE)
    return found.group(1) if found else platform.system()


def commit(root):
    text = output("git", "-C", root, "rev-parse", "--short=12", "HEAD")
    changed = output("git", "-C", root, "status", "--porcelain", "--untracked-files=no")
    return (text if re.fullmatch("[0-9a-f]+", text) else "unknown") + (" with changes" if changed else "")


def facts(root, folder):
    return {"date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
            "processor": processor(), "cores": os.cpu_count(), "memory": memory_total(), "kernel": platform.release(),
            "system": system(), "filesystem": filesystem(folder), "accounting": cgroup_root()[0],
            "load_before": round(os.getloadavg()[0], 2), "commit": commit(root)}
