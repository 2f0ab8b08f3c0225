#pragma once
// Private to this room: Address in the system's form.
#include "net/address.h"

#include <sys/socket.h>

namespace mansio::net {

struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = sizeof(sockaddr_storage);

    SocketAddress() = default;
    /// A unix path too long for the system gives length 0.
    explicit SocketAddress(const Address& address);
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    int family() const { return storage.ss_family; }
    /// IPv4 inside IPv6 becomes IPv4.
    Address to_address() const;
};

/// The system's words for errno.
std::string error_text(int error);

} // namespace mansio::net
