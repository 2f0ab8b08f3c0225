#include "admin/control_client.h"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace mansio::admin {
namespace {

namespace json = boost::json;
using base::Fault;

Fault fault_named(std::string_view text)
{
    for (int i = 0; i <= static_cast<int>(Fault::unauthorized); ++i)
        if (base::name(static_cast<Fault>(i)) == text)
            return static_cast<Fault>(i);
    return Fault::temporary;
}

base::Outcome<void> send_all(int socket, std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return base::fail(Fault::closed, "the server closed the connection");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

base::Outcome<std::string> receive_line(int socket)
{
    std::string line;
    std::array<char, 16 * 1024> buffer;
    while (!line.ends_with('\n')) {
        const auto got = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return base::fail(Fault::closed, "the server closed the connection");
        line.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return line;
}

} // namespace

base::Outcome<ControlClient> ControlClient::connect(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return base::fail(Fault::invalid, "the control socket's path is too long: " + path);
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    ControlClient client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (client.m_socket < 0)
        return base::fail(Fault::temporary, std::strerror(errno));
    if (::connect(client.m_socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        return client;
    const bool nobody = errno == ENOENT || errno == ECONNREFUSED;
    return base::fail(nobody ? Fault::not_found : Fault::refused, path + ": " + std::strerror(errno));
}

ControlClient::ControlClient(ControlClient&& other) noexcept
    : m_socket(std::exchange(other.m_socket, -1))
{
}

ControlClient::~ControlClient()
{
    if (m_socket >= 0)
        ::close(m_socket);
}

base::Outcome<json::value> ControlClient::call(const std::string& command, const json::object& arguments)
{
    const json::object request{{"command", command}, {"arguments", arguments}};
    if (auto sent = send_all(m_socket, json::serialize(request) + "\n"); !sent)
        return std::unexpected(sent.error());
    auto line = receive_line(m_socket);
    if (!line)
        return std::unexpected(line.error());
    boost::system::error_code error;
    json::value answer = json::parse(*line, error);
    if (error || !answer.is_object())
        return base::fail(Fault::corrupt, "the server's answer is no JSON object");
    if (const json::value* failed = answer.get_object().if_contains("error"))
        return base::fail(fault_named(failed->at("fault").as_string()),
                          std::string(failed->at("cause").as_string()));
    return answer.get_object()["result"];
}

} // namespace mansio::admin
