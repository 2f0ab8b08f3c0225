#include "load/messages.h"

#include "base/bytes.h"
#include "base/text.h"
#include "wire/smtp/data_encoder.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <random>

namespace mansio::load {
namespace {

using base::fail;
using base::Fault;

constexpr std::string_view generated_header = "From: \"Load\" <load@sender.test>\r\n"
                                              "To: \"Reader\" <reader@perf.test>\r\n"
                                              "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
                                              "Subject: A message of the load generator\r\n"
                                              "MIME-Version: 1.0\r\n"
                                              "Content-Type: text/plain; charset=utf-8\r\n\r\n";

/// Different texts of one size, so that a store that compresses neighbours gains what it would with real
/// mail, not more. Fewer of large ones: they are kept in memory.
std::size_t variants_of(std::uint64_t size)
{
    return std::clamp<std::size_t>((16 << 20) / size, 4, 256);
}

/// Some words are common, most are rare, as in a language.
class Writer {
public:
    explicit Writer(unsigned seed)
        : m_random(seed)
    {
        for (std::string& word : m_words) {
            const std::size_t length = 2 + m_random() % 9;
            for (std::size_t i = 0; i < length; ++i)
                word += static_cast<char>('a' + m_random() % 26);
        }
    }

    /// Lines of words; exactly `size` bytes, the last two CRLF.
    std::string text(std::size_t size)
    {
        std::string text;
        std::size_t line = 0;
        while (text.size() < size) {
            const double place = std::generate_canonical<double, 32>(m_random);
            const auto& word = m_words[static_cast<std::size_t>(place * place * place * m_words.size())];
            if (text.size() - line + word.size() > 72) {
                text += "\r\n";
                line = text.size();
            }
            text += word;
            text += ' ';
        }
        text.resize(size - 2);
        std::ranges::replace(text.end() - 1, text.end(), '\r', ' ');
        return text += "\r\n";
    }

private:
    std::mt19937 m_random;
    std::array<std::string, 2000> m_words;
};

/// Where the header field begins and ends, its continuation lines with it; both 0 when it is not there.
std::pair<std::size_t, std::size_t> find_field(std::string_view message, std::string_view name)
{
    std::size_t at = 0;
    while (at < message.size() && !message.substr(at).starts_with("\r\n")) {
        std::size_t end = at;
        do
            end = std::min(message.find("\r\n", end), message.size() - 2) + 2;
        while (end < message.size() && (message[end] == ' ' || message[end] == '\t'));
        if (base::starts_with_icase(message.substr(at), name))
            return {at, end};
        at = end;
    }
    return {0, 0};
}

/// The text with `author`, and nobody else, in its From field.
std::string claim(std::string text, const std::string& author)
{
    if (author.empty())
        return text;
    for (const std::string_view name : {"From:", "Sender:"}) {
        const auto [begin, end] = find_field(text, name);
        text.erase(begin, end - begin);
    }
    return fmt::format("From: <{}>\r\n{}", author, text);
}

std::string dotted(std::string_view part)
{
    std::string out;
    wire::smtp::DataEncoder().add(part, out);
    return out;
}

/// Takes the message's own Message-ID out; ours goes there, or in front.
Message prepare(std::string_view text, Form form)
{
    const auto [begin, end] = find_field(text, "Message-ID:");
    Message message;
    message.before = text.substr(0, begin);
    message.after = text.substr(end);
    message.size = message.before.size() + MessageId::size + message.after.size();
    message.eight_bit = !base::is_ascii(text);
    if (form == Form::dotted) {
        message.before = dotted(message.before);
        message.after = dotted(message.after) + ".\r\n";
    }
    return message;
}

std::vector<Message> generate(const MessageOptions& options, Form form)
{
    const std::string header = claim(std::string(generated_header), options.author);
    const std::size_t around = header.size() + MessageId::size;
    const std::size_t body = options.size > around + 16 ? options.size - around : 16;
    std::vector<Message> messages;
    Writer writer(1);
    for (std::size_t i = 0; i < variants_of(options.size); ++i)
        messages.push_back(prepare(header + writer.text(body), form));
    return messages;
}

base::Outcome<std::vector<Message>> read_folder(const MessageOptions& options, Form form)
{
    const std::string& folder = options.corpus;
    std::vector<std::filesystem::path> paths;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error))
        if (entry.path().extension() == ".eml")
            paths.push_back(entry.path());
    if (error || paths.empty())
        return fail(Fault::not_found, fmt::format("{}: no *.eml", folder));
    std::ranges::sort(paths);
    std::vector<Message> messages;
    for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        if (!text.ends_with("\r\n"))
            return fail(Fault::invalid, path.string() + ": lines do not end in CRLF");
        messages.push_back(prepare(claim(text, options.author), form));
    }
    return messages;
}

} // namespace

MessageId::MessageId(std::uint64_t run, std::uint64_t number)
{
    static_assert(
        size ==
        std::string_view("Message-ID: <0123456789abcdef.000000000000000000@load.mansio.test>\r\n").size());
    fmt::format_to_n(m_line.data(), m_line.size(), "Message-ID: <{:016x}.{:018}@load.mansio.test>\r\n", run,
                     number);
}

base::Outcome<Messages> Messages::load(const MessageOptions& options, Form form)
{
    Messages messages;
    messages.m_run = base::random_u64();
    if (options.corpus.empty()) {
        messages.m_messages = generate(options, form);
        return messages;
    }
    auto read = read_folder(options, form);
    if (!read)
        return std::unexpected(std::move(read.error()));
    messages.m_messages = std::move(*read);
    return messages;
}

} // namespace mansio::load
