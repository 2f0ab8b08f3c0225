#pragma once
#include "base/outcome.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <string>

namespace mansio::admin {

/// The command line's end of the control socket. Blocking; not for a loop.
class ControlClient {
public:
    /// Fault::not_found when no server listens there.
    static base::Outcome<ControlClient> connect(const std::string& path);
    ControlClient(ControlClient&& other) noexcept;
    ControlClient& operator=(ControlClient&&) = delete;
    ~ControlClient();

    base::Outcome<boost::json::value> call(const std::string& command, const boost::json::object& arguments);

private:
    explicit ControlClient(int socket)
        : m_socket(socket)
    {
    }
    int m_socket;
};

} // namespace mansio::admin
