#include "base/bytes.h"
#include "wire/sasl/machines.h"

namespace mansio::wire::sasl {
namespace {

// draft-murchison-sasl-login. Clients compare the prompts: exactly these words. The name may come inline.
class Login final : public Server {
    Step begin() override { return Challenge{base::base64_encode("Username:")}; }

    Step take(std::string_view response) override
    {
        if (m_have_name)
            return ask_password("", m_user, std::string(response));
        m_user = response;
        m_have_name = true;
        return Challenge{base::base64_encode("Password:")};
    }

    bool m_have_name = false;
};

} // namespace

std::unique_ptr<Server> make_login()
{
    return std::make_unique<Login>();
}

} // namespace mansio::wire::sasl
