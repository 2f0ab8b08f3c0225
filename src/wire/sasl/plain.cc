#include "wire/sasl/machines.h"

namespace mansio::wire::sasl {
namespace {

// message = [authzid] NUL authcid NUL passwd   rfc4616#2
class Plain final : public Server {
    Step begin() override { return Challenge{}; }

    Step take(std::string_view response) override
    {
        const auto first = response.find('\0');
        const auto second = first == std::string_view::npos ? first : response.find('\0', first + 1);
        if (second == std::string_view::npos)
            return failed(FailureKind::malformed, "wanted two NULs");
        return ask_password(std::string(response.substr(0, first)),
                            std::string(response.substr(first + 1, second - first - 1)),
                            std::string(response.substr(second + 1)));
    }
};

} // namespace

std::unique_ptr<Server> make_plain()
{
    return std::make_unique<Plain>();
}

} // namespace mansio::wire::sasl
