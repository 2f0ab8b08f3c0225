#pragma once
#include "net/channel.h"
#include "net/loop.h"
#include "net/stream.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace mansio::net {

using base::Fault;
using base::sync_wait;
using namespace std::chrono_literals;

/// Long enough for a loaded machine; no passing test waits for it.
inline Deadline soon()
{
    return Deadline::after(20s);
}

class WithLoop : public testing::Test {
protected:
    WithLoop() { loop.start(); }
    template <class T>
    T run(Task<T> task)
    {
        return sync_wait(loop, std::move(task));
    }

    Loop loop{"test"};
};

/// A directory of its own, removed at the end.
struct ScratchDirectory {
    ScratchDirectory()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "mansio-net-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~ScratchDirectory() { std::filesystem::remove_all(path); }
    std::string file(const std::string& name) const { return (path / name).string(); }
    std::string write(const std::string& name, const std::string& content) const
    {
        std::ofstream(file(name), std::ios::binary | std::ios::trunc) << content;
        return file(name);
    }
    std::filesystem::path path;
};

/// Writes a self-signed certificate as NAME.crt and NAME.key.
inline TlsCertificateFiles write_certificate(const ScratchDirectory& directory, const std::string& name,
                                             const std::string& hostname)
{
    auto pair = make_self_signed(hostname);
    return {directory.write(name + ".crt", pair.value().certificate),
            directory.write(name + ".key", pair.value().key)};
}

} // namespace mansio::net
