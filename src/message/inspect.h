#pragma once
#include "message/address.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mansio::message {

/// What intake needs to know of a message before accepting it; one pass over the bytes.
struct Overview {
    std::vector<Address> from;   ///< mailboxes of all From fields
    std::size_t from_count = 0;  ///< number of From fields: rfc5322#3.6 wants exactly one
    std::vector<Address> sender; ///< mailboxes of Sender fields
    bool from_broken = false;    ///< a From field holds text that is no address
    bool has_date = false;
    bool has_message_id = false;
    std::string message_id;                ///< first, with its angle brackets; "" when absent
    std::string subject;                   ///< decoded to UTF-8
    std::string auto_submitted;            ///< first word, lower case; "" when absent
    std::size_t received_count = 0;        ///< for loop detection
    std::vector<std::string> delivered_to; ///< values of Delivered-To, as they stand
    std::size_t header_fields = 0;
    std::size_t header_bytes = 0; ///< with the empty line
    bool eight_bit = false;       ///< any byte above 127
    bool eight_bit_header = false;
    bool has_nul = false;
    std::size_t bare_carriage_returns = 0;
    std::size_t bare_line_feeds = 0;
    std::size_t max_line_length = 0; ///< bytes without the line end
};
Overview inspect(std::string_view message);

/// Every bare CR and bare LF becomes CRLF. For authenticated submission and for our own files; never after a
/// signature was checked.
std::string normalise_line_ends(std::string text);

} // namespace mansio::message
