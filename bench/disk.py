"""The folder the bench writes to, or a new ext4 of its own in it."""
import os
import subprocess

from peers.base import Trouble


class LoopDisk:
    """Makes the folder; with a size, mounts an image there until the end of the block. Without discard: on a disk
    mounted with it, what deletes many files measures the disk's garbage collection."""

    def __init__(self, folder, gibibytes):
        self.folder = folder
        self.gibibytes = gibibytes
        self.image = os.path.join(folder, "disk.img")

    def __enter__(self):
        os.makedirs(self.folder, exist_ok=True)
        if self.gibibytes:
            mounted = os.path.join(self.folder, "disk")
            os.makedirs(mounted, exist_ok=True)
            self._run("fallocate", "-l", f"{self.gibibytes}G", self.image)
            self._run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard", self.image)
            self._run("mount", "-o", "loop,noatime,nodiscard", self.image, mounted)
            self.folder = mounted
        os.chmod(self.folder, 0o755)
        return self

    def __exit__(self, *_):
        if self.gibibytes:
            self._run("umount", self.folder)
            os.unlink(self.image)

    @staticmethod
    def _run(*arguments):
        done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise Trouble(f"{' '.join(arguments)}: {done.stdout.decode(errors='replace').strip()}")
