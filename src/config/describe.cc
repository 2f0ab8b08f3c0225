#include "config/describe.h"

#include "config/sections.h"
#include "config/value_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace mansio::config {
namespace {

std::string_view name(Reload reload)
{
    return reload == Reload::live ? "reload" : "restart";
}

std::string heading(const Section& section)
{
    return section.repeated ? fmt::format("[[{}]]", section.name) : fmt::format("[{}]", section.name);
}

void describe_as_text(const Section& section, std::string& out)
{
    fmt::format_to(std::back_inserter(out), "{}  {}\n\n", heading(section), section.title);
    for (const Row& row : section.rows) {
        fmt::format_to(std::back_inserter(out), "  {} = {}\n", row.key,
                       format_value(row, row.get(section.defaults)));
        fmt::format_to(std::back_inserter(out), "      {}; {}\n      {}\n", format_range(row),
                       name(row.reload), row.reason);
    }
    out += '\n';
}

/// A pipe ends a cell, even in code.
std::string cell(std::string text)
{
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
        text.insert(at, 1, '\\');
    return text;
}

void describe_as_markdown(const Section& section, std::string& out)
{
    fmt::format_to(std::back_inserter(out), "## {}\n\n{}\n\n", heading(section), section.title);
    out += "| Setting | Default | Takes | Change needs | Why |\n|---|---|---|---|---|\n";
    for (const Row& row : section.rows)
        fmt::format_to(std::back_inserter(out), "| `{}` | `{}` | {} | {} | {} |\n", row.key,
                       cell(format_value(row, row.get(section.defaults))), cell(format_range(row)),
                       name(row.reload), cell(std::string(row.reason)));
    out += '\n';
}

constexpr std::string_view markdown_head = R"(# Settings

Written by `tools/check_docs --update` from the settings table; not to be edited. One TOML file holds all of it;
what it does not say has the default. An unknown key is an error. Sizes are written `"50MiB"`, durations `"30s"`,
`"5m"`, `"4h"`, `"5d"`; a path is relative to the file's folder. `reload`: a changed value counts after SIGHUP, for
new sessions; `restart`: at the next start.

)";

/// A listener has an address and port, or a path: a file that has both is refused.
bool left_out(const Section& section, const Row& row, const void* group)
{
    if (section.name != "listener")
        return false;
    const bool is_unix = static_cast<const ListenerSettings*>(group)->is_unix();
    return is_unix ? row.key == "address" || row.key == "port" : row.key == "path";
}

void dump_group(const Section& section, const void* group, std::string& out)
{
    fmt::format_to(std::back_inserter(out), "{}\n", heading(section));
    for (const Row& row : section.rows) {
        if (left_out(section, row, group))
            continue;
        const bool hidden = row.secrecy == Secrecy::secret && row.get(group) != row.get(section.defaults);
        fmt::format_to(std::back_inserter(out), "{} = {}\n", row.key,
                       hidden ? std::string("\"***\"") : format_value(row, row.get(group)));
    }
    out += '\n';
}

template <class Element>
void dump_all(std::string_view name, const std::vector<Element>& elements, std::string& out)
{
    for (const Element& element : elements)
        dump_group(*find_section(name), &element, out);
}

} // namespace

std::string describe(DescribeAs form)
{
    std::string out(form == DescribeAs::markdown ? markdown_head : "");
    for (const Section& section : sections()) {
        if (form == DescribeAs::markdown)
            describe_as_markdown(section, out);
        else
            describe_as_text(section, out);
    }
    out.pop_back();
    return out;
}

std::string dump(const Settings& settings)
{
    std::string out;
    Settings copy = settings; // a section hands out a pointer to something changeable
    for (const Section& section : sections()) {
        if (section.name == "listener")
            dump_all(section.name, settings.listeners, out);
        else if (section.name == "tls.extra")
            dump_all(section.name, settings.tls.extra, out);
        else
            dump_group(section, section.group(copy), out);
    }
    out.pop_back();
    return out;
}

} // namespace mansio::config
