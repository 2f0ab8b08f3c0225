#pragma once
#include <cstdint>
#include <string>

namespace mansio::load {

enum class Tls { none, starttls, implicit };

/// Where the server is, and how hard to press.
struct CommonOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    Tls tls = Tls::none;
    unsigned threads = 1;
    unsigned connections = 1;
    unsigned deadline_seconds = 120; ///< of the whole run
    unsigned sources = 1;            ///< local addresses 127.0.0.1 to 127.0.0.N, by turns
    bool gate = false;               ///< open sessions, say so on stdout, begin at a line on stdin
};

/// Users are numbered from 1; "%d" in the pattern is the number.
struct UserOptions {
    std::string pattern = "user%d@perf.test";
    unsigned count = 1;
    std::string password = "secret";
};

/// Generated messages of one size, or those of a folder.
struct MessageOptions {
    std::uint64_t size = 4096;
    std::string corpus;
    /// Stands in the From field of every message, for servers that ask this of who submits; empty: as it is.
    std::string author;
};

} // namespace mansio::load
