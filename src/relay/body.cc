#include "relay/body.h"

#include "base/text.h"
#include "wire/smtp/data_encoder.h"

namespace mansio::relay {
namespace {

constexpr std::uint64_t piece_size = 256 * 1024;

/// Position after the empty line that ends the header, in a text that begins in the header; npos: not in
/// here.
std::size_t header_end(std::string_view text)
{
    const std::size_t end = text.find("\r\n\r\n");
    return end == std::string_view::npos ? end : end + 4;
}

} // namespace

Task<Outcome<BodyFacts>> inspect_body(storage::Engine& engine, storage::BlobId blob)
{
    BodyFacts facts;
    bool in_header = true;
    for (std::uint64_t offset = 0;;) {
        auto piece = co_await engine.read_blob(blob, offset, piece_size);
        if (!piece)
            co_return std::unexpected(std::move(piece.error()));
        std::string_view rest = *piece;
        if (in_header) {
            // An empty line cut by two pieces makes part of the body count as header: that asks for more, not
            // less.
            const std::size_t end = std::min(header_end(rest), rest.size());
            facts.header_8bit = facts.header_8bit || !base::is_ascii(rest.substr(0, end));
            in_header = end == rest.size();
            rest.remove_prefix(end);
        }
        facts.body_8bit = facts.body_8bit || !base::is_ascii(rest);
        offset += piece->size();
        if (piece->size() < piece_size)
            co_return facts;
    }
}

Task<Outcome<void>> send_body(storage::Engine& engine, storage::BlobId blob, net::Channel& channel,
                              std::chrono::milliseconds wait_per_piece)
{
    wire::smtp::DataEncoder encoder;
    std::string encoded;
    bool more = true;
    for (std::uint64_t offset = 0; more;) {
        auto piece = co_await engine.read_blob(blob, offset, piece_size);
        if (!piece)
            co_return base::fail(base::Fault::corrupt, "reading the message: " + piece.error().cause);
        more = piece->size() == piece_size;
        offset += piece->size();
        encoded.clear();
        encoder.add(*piece, encoded);
        if (!more)
            encoder.finish(encoded);
        auto sent = co_await channel.write_through(encoded, net::Deadline::after(wait_per_piece));
        if (!sent)
            co_return sent;
    }
    co_return Outcome<void>{};
}

} // namespace mansio::relay
