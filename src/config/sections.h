#pragma once
#include "config/setting.h"
#include "config/settings.h"

#include <span>
#include <string_view>

namespace mansio::config {

/// A table of the file and the struct it fills.
struct Section {
    std::string_view name;  ///< "smtp", "tls.extra"
    std::string_view title; ///< one sentence
    std::span<const Row> rows;
    bool repeated = false;               ///< written [[name]], any number of times
    void* (*group)(Settings&) = nullptr; ///< the struct; repeated: a new element at the end
    const void* defaults = nullptr;      ///< a default-made struct
};

std::span<const Section> sections();
const Section* find_section(std::string_view name);
const Row* find_row(const Section& section, std::string_view key);

} // namespace mansio::config
