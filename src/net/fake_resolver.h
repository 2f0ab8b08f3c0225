#pragma once
#include "net/resolver.h"

#include <map>
#include <set>

namespace mansio::net {

/// A DNS made of maps, for tests and `--lab`. Keys are lower case without a trailing dot. A name that is in
/// no map does not exist; one that is in another map has no data. Fill it before it is used; look-ups are
/// then safe from any thread.
class FakeResolver final : public Resolver {
public:
    std::map<std::string, std::vector<MxRecord>> mx_records;
    std::map<std::string, std::vector<std::string>> a_records;    ///< "192.0.2.1"
    std::map<std::string, std::vector<std::string>> aaaa_records; ///< "2001:db8::1"
    std::map<std::string, std::vector<std::string>> txt_records;
    std::map<std::string, std::vector<std::string>> ptr_records; ///< key: Address::ip()
    std::map<std::string, std::vector<TlsaRecord>> tlsa_records;
    std::set<std::string> failing; ///< look-ups of these names (or ip()) are Fault::temporary
    std::set<std::string> secure;  ///< answers for these names are secure

    base::Task<base::Outcome<MxAnswer>> mx(std::string domain) override;
    base::Task<base::Outcome<AddressAnswer>> a(std::string host) override;
    base::Task<base::Outcome<AddressAnswer>> aaaa(std::string host) override;
    base::Task<base::Outcome<TextAnswer>> txt(std::string name) override;
    base::Task<base::Outcome<NameAnswer>> ptr(Address address) override;
    base::Task<base::Outcome<TlsaAnswer>> tlsa(std::string name) override;

private:
    bool exists(const std::string& name) const;
    template <class Record>
    base::Outcome<Answer<Record>> look_up(const std::map<std::string, std::vector<Record>>& records,
                                          const std::string& name) const;
};

} // namespace mansio::net
