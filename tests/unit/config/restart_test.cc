#include "config/restart.h"

#include "config/settings.h"

#include <gtest/gtest.h>

namespace mansio::config {
namespace {

using Names = std::vector<std::string>;

TEST(ChangesForRestart, NamesWhatAReloadCannotBringIntoForce)
{
    Settings before;
    before.listeners.resize(1);
    Settings after = before;
    EXPECT_EQ(changes_for_restart(before, after), Names{});
    after.server.loops = 7;
    after.listeners[0].port = 2525;
    EXPECT_EQ(changes_for_restart(before, after), (Names{"listener", "server.loops"}));
    after = before;
    after.tls.certificate = "/c";
    EXPECT_EQ(changes_for_restart(before, after), Names{"tls.certificate"});
}

TEST(ChangesForRestart, LeavesOutWhatAReloadBrings)
{
    Settings before;
    before.tls.certificate = "/c";
    Settings after = before;
    after.tls.certificate = "/d";
    after.smtp.banner = "ESMTP";
    EXPECT_EQ(changes_for_restart(before, after), Names{});
}

} // namespace
} // namespace mansio::config
