#pragma once
#include "load/options.h"

#include <cstdint>
#include <string>

namespace mansio::load {

/// The accounts of the server under test. Immutable, usable from any thread.
class Users {
public:
    explicit Users(UserOptions options)
        : m_options(std::move(options))
    {
    }

    unsigned count() const { return m_options.count; }
    const std::string& password() const { return m_options.password; }
    /// Of any index from 0 on: after the last user comes the first again.
    std::string name(std::uint64_t index) const;

private:
    UserOptions m_options;
};

} // namespace mansio::load
