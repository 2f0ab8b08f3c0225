// The settings file, and the INI file of another server.
#include "fuzz/target.h"

#include "app/ini_file.h"
#include "config/settings.h"
#include "config/value_text.h"

namespace mansio::fuzz {
namespace {

void settings(std::string_view input)
{
    const auto read = config::parse(input, "/nowhere/mansio.toml");
    if (!read)
        require(!read.error().cause.empty(), "a refusal says why");
    else
        require(!read->store_path().empty() && !read->admin_socket().empty(), "paths are there");
}

void values(std::string_view input)
{
    if (const auto size = config::parse_size(input))
        require(config::parse_size(config::format_size(*size)) == size, "a size printed and read");
    if (const auto duration = config::parse_duration(input))
        require(config::parse_duration(config::format_duration(*duration)) == duration,
                "a duration printed and read");
}

void ini(std::string_view input)
{
    const app::IniFile file = app::IniFile::parse(input);
    std::size_t last = 0;
    for (const app::IniFile::Entry& entry : file.entries()) {
        require(entry.line > last, "entries in order");
        last = entry.line;
        require(file.has_section(entry.section), "its section is there");
        const auto* found = file.find(entry.section, entry.key);
        require(found != nullptr && found->line >= entry.line, "the last one of a name is found");
    }
}

const Register targets[] = {
    Register({"config-file", settings, "toml", 2048}),
    Register({"config-value", values, "toml", 64}),
    Register({"ini-file", ini, "ini", 1024}),
};

} // namespace
} // namespace mansio::fuzz
