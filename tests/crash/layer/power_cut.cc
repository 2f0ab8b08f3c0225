#include "power_cut.h"

#include "moment.h"
#include "real.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace layer {
namespace {

/// splitmix64: small, and the same everywhere.
class Chance {
public:
    explicit Chance(std::uint64_t seed)
        : m_state(seed)
    {
    }
    std::uint64_t bits()
    {
        std::uint64_t z = m_state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : bits() % limit; }

private:
    std::uint64_t m_state;
};

struct Plan {
    Survival survival;
    std::size_t kept;       ///< the first so many pending changes survive
    std::size_t torn_bytes; ///< and so many bytes of the next
    std::size_t sector;     ///< what the disk writes at once
    std::size_t odds;       ///< of 8, that a sector of a scattered file survives
};

Plan plan_for(const File& file, Chance& chance, Survival everywhere)
{
    Plan plan{everywhere, 0, 0, chance.below(2) == 0 ? 512UL : 4096UL, 1 + chance.below(7)};
    if (plan.survival == Survival::by_seed)
        plan.survival =
            static_cast<Survival>(1 + chance.below(static_cast<std::size_t>(Survival::count_) - 1));
    plan.kept = chance.below(file.pending.size() + 1);
    if (plan.survival == Survival::nothing)
        plan.kept = 0;
    if (plan.survival == Survival::everything)
        plan.kept = file.pending.size();
    if (plan.survival == Survival::torn && plan.kept < file.pending.size()) {
        const Pending& next = file.pending[plan.kept];
        const std::size_t to_boundary = plan.sector - static_cast<std::size_t>(next.offset) % plan.sector;
        if (next.size > to_boundary)
            plan.torn_bytes =
                to_boundary + chance.below((next.size - to_boundary) / plan.sector + 1) * plan.sector;
    }
    return plan;
}

off_t size_after(const File& file, const Plan& plan)
{
    std::size_t changes = plan.kept;
    if (plan.survival == Survival::torn || plan.survival == Survival::scattered)
        changes = std::min(changes + 1, file.pending.size());
    if (plan.survival == Survival::zeros)
        changes = file.pending.size();
    off_t size = file.synced_size;
    for (std::size_t i = 0; i < changes; ++i)
        if (!file.pending[i].lost)
            size = file.pending[i].size_after;
    if (plan.survival == Survival::torn && plan.kept < file.pending.size() &&
        file.pending[plan.kept].size > 0) {
        const Pending& next = file.pending[plan.kept];
        size = std::min(size,
                        std::max(next.offset + static_cast<off_t>(plan.torn_bytes),
                                 static_cast<off_t>(next.offset + static_cast<off_t>(next.before.size()))));
    }
    return size;
}

/// The bytes of the part of the file that pending changes touched.
struct Part {
    off_t first = 0;
    std::string bytes;

    void put(off_t offset, const std::string& what)
    {
        bytes.replace(static_cast<std::size_t>(offset - first), what.size(), what);
    }
    void zero(off_t offset, std::size_t size) { std::fill_n(bytes.begin() + (offset - first), size, '\0'); }
};

void undo(Part& part, const Pending& change)
{
    part.zero(change.offset, change.size);
    part.put(change.offset, change.before);
}

Part touched(const File& file, int fd)
{
    off_t first = file.pending.front().offset, end = 0;
    for (const Pending& change : file.pending) {
        first = std::min(first, change.offset);
        end = std::max(end, change.offset + static_cast<off_t>(std::max(change.size, change.before.size())));
    }
    Part part{first, Disk::bytes_of(fd, first, static_cast<std::size_t>(end - first))};
    part.bytes.resize(static_cast<std::size_t>(end - first));
    return part;
}

/// Takes sectors of the older part over into the newer one, as the odds say.
void scatter(Part& now, const Part& older, const Plan& plan, Chance& chance)
{
    std::size_t at = 0;
    while (at < now.bytes.size()) {
        const std::size_t offset = static_cast<std::size_t>(now.first) + at;
        const std::size_t size = std::min(plan.sector - offset % plan.sector, now.bytes.size() - at);
        if (chance.below(8) >= plan.odds)
            now.bytes.replace(at, size, older.bytes, at, size);
        at += size;
    }
}

Part surviving(const File& file, const Plan& plan, Part now, Chance& chance)
{
    Part older = now;
    for (auto change = file.pending.rbegin(); change != file.pending.rend(); ++change)
        undo(older, *change);
    if (plan.survival == Survival::scattered) {
        scatter(now, older, plan, chance);
    } else {
        for (std::size_t i = file.pending.size(); i-- > plan.kept;) {
            const Pending& change = file.pending[i];
            const std::size_t torn = i == plan.kept ? plan.torn_bytes : 0;
            const std::string kept =
                now.bytes.substr(static_cast<std::size_t>(change.offset - now.first), torn);
            undo(now, change);
            now.put(change.offset, kept);
        }
    }
    for (const Pending& change : file.pending) // a failed sync has dropped these for good
        if (change.lost && plan.survival != Survival::everything)
            now.put(change.offset,
                    older.bytes.substr(static_cast<std::size_t>(change.offset - now.first), change.size));
    return now;
}

void write_all(int fd, const Part& part)
{
    std::size_t done = 0;
    while (done < part.bytes.size()) {
        const ssize_t wrote = real().pwrite(fd, part.bytes.data() + done, part.bytes.size() - done,
                                            part.first + static_cast<off_t>(done));
        if (wrote <= 0)
            abort();
        done += static_cast<std::size_t>(wrote);
    }
}

void rewrite(const File& file, Chance& chance, Survival everywhere)
{
    if (file.pending.empty())
        return;
    const int fd = real().open(file.path.c_str(), O_RDWR | O_CLOEXEC, 0);
    if (fd < 0)
        return; // its last name is gone, durably
    const Plan plan = plan_for(file, chance, everywhere);
    const Part now = touched(file, fd);
    const Part left = surviving(file, plan, now, chance);
    const off_t size = size_after(file, plan);
    trace("rewriting %s: survival %lu, size %ld of %ld (synced %ld)\n", file.path.c_str(),
          static_cast<std::uint64_t>(plan.survival), size, file.size, file.synced_size);
    if (left.bytes != now.bytes || size != file.size) {
        write_all(fd, left);
        if (real().ftruncate(fd, size) != 0)
            abort();
        control()->files_changed += 1;
        control()->bytes_undone += static_cast<std::uint64_t>(std::max<off_t>(0, file.size - size));
    }
    real().close(fd);
}

bool name_survives(std::size_t number, std::size_t first_lost, Survival everywhere, Chance& chance)
{
    if (everywhere == Survival::nothing)
        return false;
    if (everywhere == Survival::everything)
        return true;
    return control()->ordered_names != 0 ? number < first_lost : chance.below(2) == 0;
}

/// Which file each name in doubt stands for after the cut.
std::map<std::string, FilePtr> surviving_names(const Disk& disk, Chance& chance, Survival everywhere)
{
    auto names = disk.durable_names();
    const auto& changes = disk.name_changes();
    const std::size_t first_lost = chance.below(changes.size() + 1);
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (!name_survives(i, first_lost, everywhere, chance)) {
            control()->names_undone += 1;
            continue;
        }
        if (!changes[i].from.empty() && names[changes[i].from] == changes[i].file)
            names[changes[i].from] = nullptr;
        if (!changes[i].to.empty())
            names[changes[i].to] = changes[i].file;
    }
    return names;
}

void place(const Disk& disk, const std::map<std::string, FilePtr>& names)
{
    // First every file concerned gets a place aside, then the names are made anew.
    std::map<std::uint64_t, std::string> aside;
    for (const auto& [path, file] : names) {
        if (!file || aside.contains(file->id))
            continue;
        aside[file->id] = disk.removed_folder() + "/" + std::to_string(file->id) + ".kept";
        if (real().link(file->path.c_str(), aside[file->id].c_str()) != 0)
            abort();
    }
    for (const auto& [path, file] : names) {
        trace("after the cut %s is %s\n", path.c_str(), file ? file->path.c_str() : "absent");
        real().unlink(path.c_str());
        if (file && real().link(aside[file->id].c_str(), path.c_str()) != 0)
            abort();
    }
}

} // namespace

void rewrite_after_power_cut(const Disk& disk)
{
    trace("power cut, seed %lu\n", control()->seed.load());
    Chance chance(control()->seed);
    auto everywhere = static_cast<Survival>(control()->survival.load());
    if (everywhere == Survival::by_seed && chance.below(8) == 0) // the extremes, for the disk as a whole
        everywhere = chance.below(2) == 0 ? Survival::nothing : Survival::everything;
    for (const FilePtr& file : disk.files())
        rewrite(*file, chance, everywhere);
    place(disk, surviving_names(disk, chance, everywhere));
    control()->state = static_cast<std::uint64_t>(State::rewritten);
}

} // namespace layer
