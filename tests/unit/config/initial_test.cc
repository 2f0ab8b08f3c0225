#include "config/initial.h"
#include "config/settings.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

namespace mansio::config {
namespace {

/// A fresh folder that goes away with the test.
class Folder {
public:
    Folder()
    {
        std::string pattern = testing::TempDir() + "mansio-XXXXXX";
        m_path = ::mkdtemp(pattern.data());
    }
    ~Folder() { std::filesystem::remove_all(m_path); }
    const std::string& path() const { return m_path; }

private:
    std::string m_path;
};

TEST(InitialFile, IsReadableAndHasEveryProtocol)
{
    const Folder folder;
    const auto written = write_initial(folder.path(), {.hostname = "mail.example.test",
                                                       .address = "127.0.0.1",
                                                       .port_base = 20000,
                                                       .smarthost = "127.0.0.1:26025",
                                                       .lab = true});
    ASSERT_TRUE(written) << written.error().cause;
    const auto settings = load(folder.path() + "/" + initial_file);
    ASSERT_TRUE(settings) << settings.error().cause;
    EXPECT_EQ(settings->server.hostname, "mail.example.test");
    EXPECT_TRUE(settings->server.lab);
    EXPECT_EQ(settings->relay.smarthost, "127.0.0.1:26025");
    std::string ports;
    for (const ListenerSettings& listener : settings->listeners)
        ports += listener.is_unix() ? "unix " : std::to_string(listener.effective_port()) + " ";
    EXPECT_EQ(ports, "20025 20587 20465 20143 20993 20110 20995 unix unix ");
    EXPECT_EQ(settings->admin_socket(), folder.path() + "/data/admin.sock");
}

TEST(InitialFile, IsForItsOwnerAloneAndNeverOverwritten)
{
    const Folder folder;
    ASSERT_TRUE(write_initial(folder.path(), {.hostname = "a.test"}));
    struct stat facts{};
    ASSERT_EQ(::stat((folder.path() + "/" + initial_file).c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600u);
    const auto again = write_initial(folder.path(), {.hostname = "b.test"});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().fault, base::Fault::exists);
}

TEST(InitialFile, IsNotWrittenFromBadOptions)
{
    const Folder folder;
    EXPECT_FALSE(write_initial(folder.path(), {.hostname = "a b"}));
    EXPECT_FALSE(write_initial(folder.path(), {.hostname = "a.test", .address = "localhost"}));
    EXPECT_FALSE(write_initial(folder.path(), {.hostname = "a.test", .port_base = 65'000}));
    EXPECT_FALSE(write_initial(folder.path(), {.hostname = "a.test", .smarthost = "\"\nlab = true"}));
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

} // namespace
} // namespace mansio::config
