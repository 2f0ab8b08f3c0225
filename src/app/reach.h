#pragma once
#include "base/outcome.h"
#include "config/settings.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <string>

namespace mansio::app {

/// How a command of the command line reaches the store: through the running server, or by opening it itself.
class Reach {
public:
    virtual ~Reach() = default;
    virtual base::Outcome<boost::json::value> call(std::string command, boost::json::object arguments) = 0;
};

base::Outcome<std::unique_ptr<Reach>> reach(std::shared_ptr<const config::Settings> settings);

} // namespace mansio::app
