#include "app/print.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <vector>

namespace mansio::app {
namespace {

namespace json = boost::json;

std::string cell(const json::value& value)
{
    if (value.is_string())
        return std::string(value.get_string());
    if (!value.is_array())
        return json::serialize(value);
    std::string out;
    for (const json::value& item : value.get_array())
        out += (out.empty() ? "" : ", ") + (item.is_object() ? json::serialize(item) : cell(item));
    return out;
}

bool is_list_of_objects(const json::value& value)
{
    return value.is_array() &&
           std::ranges::all_of(value.get_array(), [](const json::value& v) { return v.is_object(); });
}

/// Columns of the first row, as wide as their widest cell; the last one is not padded.
std::string table(const json::array& rows)
{
    std::vector<std::string> keys;
    for (const auto& field : rows.front().get_object())
        if (!is_list_of_objects(field.value()) || field.value().get_array().empty())
            keys.emplace_back(field.key());
    std::vector<std::size_t> widths;
    for (const std::string& key : keys) {
        std::size_t width = key.size();
        for (const json::value& row : rows)
            if (const json::value* value = row.get_object().if_contains(key))
                width = std::max(width, cell(*value).size());
        widths.push_back(width);
    }
    std::string out;
    const auto add = [&](std::size_t column, const std::string& text) {
        const bool last = column + 1 == keys.size();
        out += last ? text + "\n" : fmt::format("{:<{}}  ", text, widths[column]);
    };
    for (std::size_t i = 0; i < keys.size(); ++i)
        add(i, keys[i]);
    for (const json::value& row : rows)
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const json::value* value = row.get_object().if_contains(keys[i]);
            add(i, value ? cell(*value) : "");
        }
    return out;
}

/// A queue listing shows one row per recipient: that is what has a state.
json::array flattened(const json::array& rows)
{
    json::array out;
    for (const json::value& row : rows) {
        const json::value* recipients = row.get_object().if_contains("recipients");
        if (recipients == nullptr || !recipients->is_array())
            return rows;
        for (const json::value& recipient : recipients->get_array()) {
            json::object flat;
            for (const char* key : {"id", "sender", "size", "arrived"})
                flat[key] = row.at(key);
            for (const char* key : {"address", "state", "attempts", "next_attempt", "last_reply"})
                flat[key] = recipient.at(key);
            out.push_back(std::move(flat));
        }
    }
    return out;
}

} // namespace

std::string print_for_people(const json::value& result)
{
    if (is_list_of_objects(result))
        return result.get_array().empty() ? "none\n" : table(flattened(result.get_array()));
    if (!result.is_object())
        return cell(result) + "\n";
    std::string out;
    for (const auto& field : result.get_object()) {
        const std::string text = cell(field.value());
        if (is_list_of_objects(field.value()) && !field.value().get_array().empty())
            out += fmt::format("{}:\n{}", std::string_view(field.key()), table(field.value().get_array()));
        else if (text.ends_with('\n'))
            out += fmt::format("{}:\n{}", std::string_view(field.key()), text);
        else
            out += fmt::format("{}: {}\n", std::string_view(field.key()), text);
    }
    return out;
}

} // namespace mansio::app
