#include "base/text.h"
#include "config/nearest.h"
#include "config/problems.h"
#include "config/sections.h"
#include "config/settings.h"
#include "config/stray_character.h"
#include "config/validate.h"
#include "config/value_text.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

// The library asserts what a file can break ("[*"), and with NDEBUG tells the compiler that it never happens.
// Without either the same line is a parse error like any other.
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace mansio::config {
namespace {

/// Everything a reading function needs; lives for one parse().
struct Reading {
    Settings& settings;
    Lines& lines;
    Problems& problems;
};

std::uint32_t line_of(const toml::node& node)
{
    return node.source().begin.line;
}

std::string did_you_mean(std::string_view near)
{
    return near.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", near);
}

/// A converted value, or what the row wants instead.
using Converted = std::expected<Value, std::string>;

Converted in_range(const Row& row, std::optional<std::uint64_t> number, std::string_view wanted)
{
    if (!number)
        return std::unexpected(std::string(wanted));
    if (*number < row.min || *number > row.max)
        return std::unexpected("must be " + format_range(row));
    return Value(*number);
}

std::optional<std::uint64_t> whole_number(const toml::node& node)
{
    const auto number = node.value_exact<std::int64_t>();
    if (!number || *number < 0)
        return std::nullopt;
    return static_cast<std::uint64_t>(*number);
}

Converted convert_size(const Row& row, const toml::node& node)
{
    constexpr std::string_view wanted = "must be a size: \"50MiB\", \"512KiB\", or a number of bytes";
    if (const auto text = node.value_exact<std::string>())
        return in_range(row, parse_size(*text), wanted);
    return in_range(row, whole_number(node), wanted);
}

Converted convert_duration(const Row& row, const toml::node& node)
{
    const auto text = node.value_exact<std::string>();
    return in_range(row, text ? parse_duration(*text) : std::nullopt,
                    "must be a duration with its unit: \"30s\", \"5m\", \"4h\", \"5d\"");
}

Converted convert_text(const toml::node& node)
{
    auto text = node.value_exact<std::string>();
    if (!text)
        return std::unexpected(std::string("must be a text in quotes"));
    for (const char c : *text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            return std::unexpected(std::string("must not hold control characters"));
    return Value(std::move(*text));
}

Converted convert_list(const toml::node& node)
{
    const toml::array* array = node.as_array();
    if (array == nullptr)
        return std::unexpected(std::string("must be a list: [\"one\", \"two\"]"));
    std::vector<std::string> items;
    for (const toml::node& element : *array) {
        auto text = convert_text(element);
        if (!text)
            return std::unexpected("each item " + text.error());
        items.push_back(std::get<std::string>(std::move(*text)));
    }
    return Value(std::move(items));
}

Converted convert_choice(const Row& row, const toml::node& node)
{
    const auto word = node.value_exact<std::string>();
    if (!word)
        return std::unexpected("must be one of: " + format_range(row));
    for (std::size_t i = 0; i < row.words.size(); ++i)
        if (row.words[i] == *word)
            return Value(static_cast<std::uint64_t>(i));
    return std::unexpected("must be one of: " + format_range(row) + did_you_mean(nearest(*word, row.words)));
}

Converted convert(const Row& row, const toml::node& node)
{
    switch (row.kind) {
    case Kind::flag:
        if (const auto flag = node.value_exact<bool>())
            return Value(*flag);
        return std::unexpected(std::string("must be true or false"));
    case Kind::number:
        return in_range(row, whole_number(node), "must be a whole number, " + format_range(row));
    case Kind::size: return convert_size(row, node);
    case Kind::duration: return convert_duration(row, node);
    case Kind::text:
    case Kind::path: return convert_text(node);
    case Kind::list: return convert_list(node);
    case Kind::choice: return convert_choice(row, node);
    }
    return std::unexpected(std::string("has no kind"));
}

std::string nearest_key(const Section& section, std::string_view key)
{
    std::vector<std::string_view> keys;
    for (const Row& row : section.rows)
        keys.push_back(row.key);
    if (const std::string_view near = nearest(key, keys); !near.empty())
        return std::string(near);
    for (const Section& other : sections()) // right key, wrong table
        if (find_row(other, key) != nullptr)
            return fmt::format("{}.{}", other.name, key);
    return {};
}

std::string nearest_section(std::string_view name)
{
    std::vector<std::string_view> names;
    for (const Section& section : sections())
        names.push_back(section.name);
    return std::string(nearest(name, names));
}

bool has_rows_under(const Section& section, std::string_view prefix)
{
    for (const Row& row : section.rows)
        if (row.key.size() > prefix.size() && row.key.starts_with(prefix) && row.key[prefix.size()] == '.')
            return true;
    return false;
}

/// One element of a section, with the name its lines are kept under ("smtp", "listener.0").
struct Target {
    const Section& section;
    void* group;
    std::string label;
};

void read_section(const Section& section, const toml::node& node, Reading& in);

void read_row(const Row& row, const Target& target, const toml::node& node, Reading& in)
{
    in.lines.set(fmt::format("{}.{}", target.label, row.key), line_of(node));
    auto value = convert(row, node);
    if (!value)
        in.problems.add(line_of(node), fmt::format("{}.{}: {}", target.section.name, row.key, value.error()));
    else
        row.set(target.group, std::move(*value));
}

void read_table(const toml::table& table, const Target& target, const std::string& prefix, Reading& in)
{
    for (const auto& [name, node] : table) {
        const std::string key = prefix + std::string(name.str());
        const std::string full = fmt::format("{}.{}", target.section.name, key);
        if (const Row* row = find_row(target.section, key))
            read_row(*row, target, node, in);
        else if (const Section* inner = find_section(full))
            read_section(*inner, node, in);
        else if (node.is_table() && has_rows_under(target.section, key))
            read_table(*node.as_table(), target, key + ".", in);
        else
            in.problems.add(
                name.source().begin.line,
                fmt::format("unknown key \"{}\"{}", full, did_you_mean(nearest_key(target.section, key))));
    }
}

void read_repeated(const Section& section, const toml::node& node, Reading& in)
{
    const toml::array* array = node.as_array();
    if (array == nullptr || !array->is_array_of_tables()) {
        in.problems.add(line_of(node), fmt::format("{0}: must be written as [[{0}]]", section.name));
        return;
    }
    std::size_t index = 0;
    for (const toml::node& element : *array) {
        const Target target{section, section.group(in.settings), fmt::format("{}.{}", section.name, index++)};
        in.lines.set(target.label, line_of(element));
        read_table(*element.as_table(), target, "", in);
    }
}

void read_section(const Section& section, const toml::node& node, Reading& in)
{
    if (section.repeated) {
        read_repeated(section, node, in);
        return;
    }
    if (!node.is_table()) {
        in.problems.add(line_of(node), fmt::format("{0}: must be written as [{0}]", section.name));
        return;
    }
    in.lines.set(std::string(section.name), line_of(node));
    read_table(*node.as_table(), {section, section.group(in.settings), std::string(section.name)}, "", in);
}

void read_file(const toml::table& root, Reading& in)
{
    for (const auto& [name, node] : root) {
        if (const Section* section = find_section(name.str()))
            read_section(*section, node, in);
        else
            in.problems.add(name.source().begin.line, fmt::format("unknown key \"{}\"{}", name.str(),
                                                                  did_you_mean(nearest_section(name.str()))));
    }
}

void make_absolute(std::string& path, const std::filesystem::path& folder)
{
    if (!path.empty())
        path = (folder / path).lexically_normal().string();
}

void make_paths_absolute(Settings& settings)
{
    const std::filesystem::path folder = std::filesystem::path(settings.file).parent_path();
    for (std::string* path : {&settings.server.data_directory, &settings.tls.certificate, &settings.tls.key,
                              &settings.store.path})
        make_absolute(*path, folder);
    for (ListenerSettings& listener : settings.listeners)
        make_absolute(listener.path, folder);
    for (CertificateSettings& extra : settings.tls.extra) {
        make_absolute(extra.certificate, folder);
        make_absolute(extra.key, folder);
    }
}

std::string absolute_file(const std::string& file)
{
    std::error_code ignored; // an unreadable working directory leaves the name as it is
    const auto absolute = std::filesystem::absolute(file, ignored);
    return ignored ? file : absolute.lexically_normal().string();
}

} // namespace

base::Outcome<Settings> parse(std::string_view text, const std::string& file)
{
    if (const auto line = find_stray_character(text))
        return base::fail(base::Fault::invalid, fmt::format("{}:{}: no control characters, and only strings "
                                                            "and comments hold other than ASCII characters",
                                                            file, *line));
    toml::table root;
    try {
        root = toml::parse(text, file);
    } catch (const toml::parse_error& error) {
        return base::fail(base::Fault::invalid,
                          fmt::format("{}:{}: {}", file, error.source().begin.line, error.description()));
    }
    Settings settings;
    settings.file = absolute_file(file);
    Lines lines;
    Problems problems(file);
    Reading in{settings, lines, problems};
    read_file(root, in);
    make_paths_absolute(settings);
    validate(settings, lines, problems);
    if (!problems.empty())
        return base::fail(base::Fault::invalid, problems.text());
    if (settings.server.lab)
        apply_lab(settings);
    return settings;
}

base::Outcome<Settings> load(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return base::fail(base::Fault::not_found,
                          fmt::format("{}: can't be opened: {}", path, std::strerror(errno)));
    std::ostringstream text;
    file.peek(); // a folder can be opened, but not read
    if (file.bad())
        return base::fail(base::Fault::invalid, path + ": can't be read");
    if (!file.eof())
        text << file.rdbuf();
    if (file.bad() || text.fail())
        return base::fail(base::Fault::temporary, path + ": can't be read");
    return parse(text.view(), path);
}

} // namespace mansio::config
