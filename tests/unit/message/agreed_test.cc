// Messages of many projects against what three independent IMAP servers answer alike for them.
#include "base/text.h"
#include "imap_reader.h"
#include "message/imap_form.h"
#include "message/section.h"
#include "samples.h"

#include <gtest/gtest.h>
#include <iostream>
#include <map>
#include <openssl/evp.h>

namespace mansio::message::test {

namespace {

namespace json = boost::json;

std::string md5(std::string_view bytes)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_md5(), nullptr);
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        constexpr std::string_view digits = "0123456789abcdef";
        out += {digits[digest[i] >> 4], digits[digest[i] & 15]};
    }
    return out;
}

json::value lower(const json::value& value)
{
    return value.is_string() ? json::value(base::to_lower(value.as_string())) : value;
}

/// ("b" "2" "a" "1") as [["a", "1"], ["b", "2"]]: the recorded answers are in order of name.
json::value pairs(const json::value& value)
{
    if (!value.is_array())
        return nullptr;
    const auto& flat = value.as_array();
    std::multimap<std::string, json::value> sorted;
    for (std::size_t i = 0; i + 1 < flat.size(); i += 2)
        sorted.emplace(base::to_lower(flat[i].as_string()), flat[i + 1]);
    json::array out;
    for (auto& [name, content] : sorted)
        out.push_back(json::array{json::value(name), content});
    return out;
}

json::value disposition(const json::value& value)
{
    if (!value.is_array())
        return nullptr;
    return json::array{lower(value.at(0)), pairs(value.at(1))};
}

/// A BODYSTRUCTURE in the shape of the recorded answers.
json::value shape(const json::value& body)
{
    const auto& list = body.as_array();
    if (list[0].is_array()) {
        std::size_t n = 0;
        json::array children;
        for (; list[n].is_array(); ++n)
            children.push_back(shape(list[n]));
        return json::object{{"multi", children}, {"sub", lower(list[n])}, {"params", pairs(list[n + 1])}};
    }
    json::object out{{"type", lower(list[0])}, {"sub", lower(list[1])}, {"params", pairs(list[2])},
                     {"id", list[3]},          {"desc", list[4]},       {"enc", lower(list[5])},
                     {"size", list[6]}};
    std::size_t next = 7;
    bool nested = out["type"] == "message" && out["sub"] == "rfc822";
    if (nested) {
        out["env"] = list[7];
        out["body"] = shape(list[8]);
        next = 9;
    }
    if (nested || out["type"] == "text")
        out["lines"] = list[next++];
    if (next < list.size())
        out["md5"] = list[next];
    if (next + 1 < list.size())
        out["disp"] = disposition(list[next + 1]);
    return out;
}

std::vector<std::uint32_t> numbers_of(std::string_view text)
{
    std::vector<std::uint32_t> out;
    for (std::string_view piece : base::split(text, '.'))
        out.push_back(static_cast<std::uint32_t>(*base::parse_number(piece)));
    return out;
}

struct Sample {
    std::string bytes;
    Structure structure;
    std::string digest(Section section) const
    {
        auto found = read_section(bytes, structure, section);
        return found ? md5(found->view()) : "absent";
    }
};

const std::vector<std::string> hf_fields = {"from", "to", "cc", "subject", "date", "message-id"};
const std::vector<std::string> hfn_fields = {"received", "subject"};

json::value answer_of(const Sample& sample, std::string_view field)
{
    if (field == "size")
        return json::value(std::to_string(sample.bytes.size()));
    if (field == "envelope")
        return *ImapReader(envelope_form(sample.bytes)).whole();
    if (field == "bodystructure")
        return shape(*ImapReader(body_structure_form(sample.bytes, sample.structure, Extended::yes)).whole());
    if (field == "full")
        return json::value(sample.digest({}));
    if (field == "header")
        return json::value(sample.digest({.numbers = {}, .text = SectionText::header, .fields = {}}));
    if (field == "text")
        return json::value(sample.digest({.numbers = {}, .text = SectionText::text, .fields = {}}));
    bool named = field == "hf";
    return json::value(
        sample.digest({.numbers = {},
                       .text = named ? SectionText::header_fields : SectionText::header_fields_not,
                       .fields = named ? hf_fields : hfn_fields}));
}

json::value parts_of(const Sample& sample, const json::object& wanted)
{
    json::object out;
    for (const auto& [path, hashes] : wanted) {
        auto numbers = numbers_of(path);
        out[path] = json::array{
            json::value(sample.digest({.numbers = numbers, .text = SectionText::none, .fields = {}})),
            json::value(sample.digest({.numbers = numbers, .text = SectionText::mime, .fields = {}}))};
    }
    return out;
}

} // namespace

TEST(AgreedAnswers, EveryFieldOfEveryMessageIsTheSame)
{
    auto folder = samples_folder() / "suites";
    if (!std::filesystem::exists(folder / "mime-imap-agreed.json"))
        GTEST_SKIP() << "the recorded answers are not on this machine";
    json::value agreed = json::parse(read_file(folder / "mime-imap-agreed.json"));
    std::map<std::string, std::pair<int, int>> counts; // field: same, all
    for (const auto& [name, answers] : agreed.as_object()) {
        Sample sample{.bytes = as_stored(read_file(folder / std::string(name))), .structure = {}};
        sample.structure = parse_structure(sample.bytes);
        for (const auto& [field, wanted] : answers.as_object()) {
            if (field == "append" || field == "part")
                continue;
            json::value got =
                field == "parts" ? parts_of(sample, wanted.as_object()) : answer_of(sample, field);
            bool same = got == wanted;
            auto& count = counts[field];
            count.first += same;
            count.second += 1;
            if (!same)
                ADD_FAILURE() << name << " " << field << "\n  got  " << got << "\n  want " << wanted;
        }
    }
    EXPECT_EQ(agreed.as_object().size(), 628u);
    for (const auto& [field, count] : counts)
        std::cout << field << ": " << count.first << " of " << count.second << " the same\n";
}

} // namespace mansio::message::test
