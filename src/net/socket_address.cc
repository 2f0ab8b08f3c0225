#include "net/socket_address.h"

#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <sys/un.h>
#include <system_error>

namespace mansio::net {

SocketAddress::SocketAddress(const Address& address)
{
    if (address.kind() == Address::Kind::v4) {
        auto* in = reinterpret_cast<sockaddr_in*>(&storage);
        in->sin_family = AF_INET;
        in->sin_port = htons(address.port());
        std::memcpy(&in->sin_addr, address.bytes().data(), 4);
        length = sizeof(sockaddr_in);
    } else if (address.kind() == Address::Kind::v6) {
        auto* in = reinterpret_cast<sockaddr_in6*>(&storage);
        in->sin6_family = AF_INET6;
        in->sin6_port = htons(address.port());
        std::memcpy(&in->sin6_addr, address.bytes().data(), 16);
        in->sin6_scope_id = address.m_scope;
        length = sizeof(sockaddr_in6);
    } else {
        auto* un = reinterpret_cast<sockaddr_un*>(&storage);
        un->sun_family = AF_UNIX;
        const std::size_t size = address.path().size();
        length = 0;
        if (size == 0 || size >= sizeof(un->sun_path))
            return;
        std::memcpy(un->sun_path, address.path().data(), size);
        length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size + 1);
    }
}

Address SocketAddress::to_address() const
{
    if (family() == AF_INET) {
        const auto* in = reinterpret_cast<const sockaddr_in*>(&storage);
        std::array<std::uint8_t, 4> bytes;
        std::memcpy(bytes.data(), &in->sin_addr, 4);
        return Address::v4(bytes, ntohs(in->sin_port));
    }
    if (family() == AF_INET6) {
        const auto* in = reinterpret_cast<const sockaddr_in6*>(&storage);
        std::array<std::uint8_t, 16> bytes;
        std::memcpy(bytes.data(), &in->sin6_addr, 16);
        return Address::v6(bytes, ntohs(in->sin6_port), in->sin6_scope_id);
    }
    if (family() != AF_UNIX || length <= offsetof(sockaddr_un, sun_path))
        return Address::unix_socket({});
    const auto* un = reinterpret_cast<const sockaddr_un*>(&storage);
    return Address::unix_socket(
        std::string(un->sun_path, strnlen(un->sun_path, length - offsetof(sockaddr_un, sun_path))));
}

std::string error_text(int error)
{
    return std::generic_category().message(error);
}

} // namespace mansio::net
