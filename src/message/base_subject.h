#pragma once
#include <string>
#include <string_view>

namespace mansio::message {

/// A subject without the marks of replies, forwards and mailing lists.
struct BaseSubject {
    std::string text;      ///< "" when there was nothing else
    bool is_reply = false; ///< a mark of a reply or a forward was taken off (rfc5256#3)
};

/// The base subject by the rules of rfc5256#2.1, to the letter: other servers and clients find the same.
/// `subject` is decoded (decode_header_text()). Linear in it.
BaseSubject base_subject(std::string_view subject);

} // namespace mansio::message
