#pragma once
#include "message/header.h"
#include "message/structure.h"

#include <string>
#include <string_view>

namespace mansio::message {

enum class SearchWhere {
    body, ///< text/* and message/* parts, decoded (rfc9051#6.4.4 BODY)
    text, ///< the same and every header, decoded (TEXT)
};

/// `folded` is fold_for_search() of the string sought; an empty one is found everywhere. Linear in the
/// message.
bool contains_text(std::string_view message, const Structure& structure, std::string_view folded,
                   SearchWhere where);

/// HEADER, SUBJECT, FROM...: any field of that name whose decoded value holds the string. An empty `folded`
/// asks only whether the field exists.
bool header_contains(std::string_view header, std::string_view name, std::string_view folded);

/// All text of a part in UTF-8: transfer encoding and charset undone; "" for parts that are not text.
std::string part_text(std::string_view message, const Part& part);

} // namespace mansio::message
