#pragma once
#include "mailbox/accounts.h"
#include "storage/memory_engine.h"

#include <gtest/gtest.h>

namespace mansio::mailbox {

/// One account on a memory engine, driven by hand on one executor.
struct MailboxTest : testing::Test {
    std::unique_ptr<storage::MemoryEngine> engine = std::make_unique<storage::MemoryEngine>();
    base::ManualExecutor loop;
    base::FakeClock clock;
    AccountsOptions options{.checkpoint_after = 20};
    std::unique_ptr<Accounts> accounts = make_accounts();
    std::shared_ptr<Account> account = open();

    std::unique_ptr<Accounts> make_accounts()
    {
        return std::make_unique<Accounts>(*engine, std::vector<base::Executor*>{&loop}, clock, options);
    }
    std::shared_ptr<Account> open()
    {
        auto opened = wait(accounts->open(AccountId{7}));
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().cause);
        return opened ? *opened : nullptr;
    }
    template <class T>
    T wait(Task<T> task)
    {
        return base::sync_wait(loop, std::move(task));
    }

    /// What a process that starts after a crash now would see.
    void restart()
    {
        loop.run();
        account.reset();
        accounts.reset();
        engine = engine->clone_durable();
        accounts = make_accounts();
        account = open();
    }

    MailboxId id_of(std::string_view name)
    {
        auto names = wait(account->list());
        const MailboxInfo* info = (*names)->find(name);
        return info ? info->id : MailboxId{};
    }
    ViewPtr view(std::string_view name = "INBOX")
    {
        auto got = wait(account->view(id_of(name)));
        EXPECT_TRUE(got);
        return got ? *got : nullptr;
    }
    static NewMessage message(std::string_view subject, FlagNames flags = {})
    {
        NewMessage made;
        made.content = std::make_shared<const std::string>(
            "From: a@b.example\r\nSubject: " + std::string(subject) + "\r\n\r\nHello\r\n");
        made.flags = std::move(flags);
        return made;
    }
    Outcome<Appended> append(std::string_view subject, std::string_view mailbox = "INBOX",
                             FlagNames flags = {})
    {
        std::vector<NewMessage> messages;
        messages.push_back(message(subject, std::move(flags)));
        return wait(account->append(id_of(mailbox), std::move(messages), {}));
    }
    void fill(int count, std::string_view mailbox = "INBOX")
    {
        for (int i = 0; i < count; ++i)
            ASSERT_TRUE(append(std::to_string(i), mailbox));
    }
    Outcome<Stored> store(UidSet uids, FlagMode mode, FlagNames flags)
    {
        return wait(account->store_flags(id_of("INBOX"), std::move(uids), {mode, std::move(flags), {}}));
    }
    void expect_consistent()
    {
        loop.run();
        auto findings = wait(check_consistency(*engine, AccountId{7}));
        ASSERT_TRUE(findings) << findings.error().cause;
        for (const Finding& finding : *findings)
            ADD_FAILURE() << finding.what;
    }
};

} // namespace mansio::mailbox
