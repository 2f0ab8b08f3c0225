#!/usr/bin/python3
"""Shows that power_loss.py can fail: builds three servers with one fault each and lets the rack find it.

    prove.py [ROUNDS] [SEED]        default: at most 60 rounds for each fault, a seed from the clock

Each server is built from a copy of the sources in build/prove/NAME, changed there and nowhere else, so that the
product carries no sabotage. A variant that is built already and up to date is not built again. The rack must fail on
each; the first words it finds are printed.
"""
import dataclasses
import filecmp
import os
import random
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILDS = os.path.join(ROOT, "build", "prove")
RACK = os.path.join(ROOT, "tests", "crash", "power_loss.py")
LAYER = os.path.join(ROOT, "build", "release", "tests", "crash", "layer", "libdisk_layer.so")


@dataclasses.dataclass(frozen=True)
class Change:
    """In `file`, `old` (there exactly once) becomes `new`."""
    file: str
    old: str
    new: str


@dataclasses.dataclass(frozen=True)
class Variant:
    name: str
    fault: str
    changes: tuple
    must_say: str  # a pattern of what the rack has to complain about


VARIANTS = (
    Variant("early-250", "250 before the commit", (
        Change("src/intake/intake.cc", "class Placement {", """\
Task<void> commit_later(storage::Engine& engine, storage::Batch batch)
{
    auto done = co_await engine.commit(std::move(batch));
    static_cast<void>(done);
}

class Placement {"""),
        Change("src/intake/intake.cc", """\
        auto committed = co_await m_parts.engine.commit(std::move(m_batch));
        if (!committed) // the reservations abandon themselves
            co_return std::unexpected(committed.error());
""", """\
        base::spawn(*base::Executor::current(), commit_later(m_parts.engine, std::move(m_batch)), "later");
"""),
    ), r"is lost|removed by somebody else"), # seen by a client that asks for its bytes before the commit
    Variant("reused-uid", "a UID is given out again after a restart", (
        Change("src/mailbox/index.h", "    void raise_uid_next(Uid uid_next);\n", """\
    void raise_uid_next(Uid uid_next);
    void guess_uid_next()
    {
        m_next_free_uid = m_view.m_uid_next = m_view.size() == 0 ? 1 : m_view.at(m_view.size() - 1).uid + 1;
    }
"""),
        Change("src/mailbox/account_open.cc", "    fresh->index.raise_uid_next(static_cast<Uid>(*uid_next));\n",
               "    fresh->index.guess_uid_next();\n"),
    ), r"UIDNEXT|was reused"),
    Variant("missing-sync", "commits are written and not synced", (
        Change("src/storage/rocks/committer.cc", "    writing.sync = durable == Durable::now;\n",
               "    writing.sync = false && durable == Durable::now;\n"),
    ), r"is lost|is missing|should not be there|neither before nor after"),
)


def copy_sources(target):
    """What a build needs; files that are the same keep their times, so that only changes are built."""
    for folder in ("src", "tools"):
        shutil.copytree(os.path.join(ROOT, folder), os.path.join(target, folder), dirs_exist_ok=True,
                        copy_function=copy_if_different)
    for name in ("CMakeLists.txt", "CMakePresets.json"):
        copy_if_different(os.path.join(ROOT, name), os.path.join(target, name))


def copy_if_different(source, target):
    if not os.path.exists(target) or not filecmp.cmp(source, target, shallow=False):
        shutil.copy(source, target)
    return target


def changed_text(file, changes):
    with open(os.path.join(ROOT, file), encoding="utf-8") as source:
        text = source.read()
    for change in changes:
        if text.count(change.old) != 1:
            raise SystemExit(f"prove.py: {file} has changed: the fault's place is not there any more")
        text = text.replace(change.old, change.new)
    return text


def build(variant):
    """The path of the variant's server."""
    tree = os.path.join(BUILDS, variant.name)
    binary = os.path.join(tree, "mansio")
    os.makedirs(tree, exist_ok=True)
    changed = {file: changed_text(file, [change for change in variant.changes if change.file == file])
               for file in {change.file for change in variant.changes}}
    if up_to_date(binary, tree, changed):
        return binary
    copy_sources(tree)
    for file, text in changed.items():
        with open(os.path.join(tree, file), "w", encoding="utf-8") as target:
            target.write(text)
    environment = dict(os.environ, CCACHE_BASEDIR=tree, CCACHE_NOHASHDIR="1")
    for command in (["cmake", "--preset", "release", "-DMANSIO_TESTS=OFF", "-DMANSIO_BENCH=OFF"],
                    ["cmake", "--build", "--preset", "release", "--target", "mansio"]):
        done = subprocess.run(command, cwd=tree, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              check=False)
        if done.returncode != 0:
            raise SystemExit(done.stdout.decode(errors="replace")[-4000:])
    shutil.copy(os.path.join(tree, "build", "release", "mansio"), binary)
    return binary


def up_to_date(binary, tree, changed):
    """Built after the last change of any source, from these very changes."""
    if not os.path.exists(binary):
        return False
    built = os.path.getmtime(binary)
    for folder, _, files in os.walk(os.path.join(ROOT, "src")):
        if any(os.path.getmtime(os.path.join(folder, name)) > built for name in files):
            return False
    for file, text in changed.items():
        path = os.path.join(tree, file)
        if not os.path.exists(path):
            return False
        with open(path, encoding="utf-8") as target:
            if target.read() != text:
                return False
    return True


def run_rack(binary, rounds, seed):
    """(exit status, what it printed)"""
    environment = dict(os.environ, MANSIO=binary, MANSIO_DISK_LAYER=os.environ.get("MANSIO_DISK_LAYER", LAYER))
    done = subprocess.run([sys.executable, RACK, str(rounds), str(seed), "--stop-at-first"], env=environment,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout.decode(errors="replace")


def prove(variant, rounds, seed):
    status, printed = run_rack(build(variant), rounds, seed)
    said = [line.strip() for line in printed.splitlines() if re.search(variant.must_say, line)]
    cuts = re.search(r"cut points: (\d+)", printed)
    caught = status == 1 and bool(said)
    print(f"{variant.name} ({variant.fault}): {'caught' if caught else 'NOT CAUGHT'} after "
          f"{cuts[1] if cuts else '?'} cut points", flush=True)
    for line in said[:3]:
        print(f"  {line}", flush=True)
    if not caught:
        print(printed[-2000:])
    return caught


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else time.time_ns() % 1_000_000_007
    print(f"at most {rounds} rounds for each fault, seed {seed}", flush=True)
    chance = random.Random(seed)
    caught = [prove(variant, rounds, chance.randrange(1_000_000_007)) for variant in VARIANTS]
    print(f"{sum(caught)} of {len(caught)} faults caught")
    return 0 if all(caught) else 1


if __name__ == "__main__":
    sys.exit(main())
