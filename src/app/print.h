#pragma once
#include <boost/json/value.hpp>
#include <string>

namespace mansio::app {

/// A command's result for people: a list of objects as a table, an object as "key: value" lines.
std::string print_for_people(const boost::json::value& result);

} // namespace mansio::app
