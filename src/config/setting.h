#pragma once
#include <chrono>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace mansio::config {

/// How a setting is written in the file.
enum class Kind : std::uint8_t {
    flag,     ///< true or false
    number,   ///< 25
    size,     ///< "50MiB", "512KiB", or bytes: 4096
    duration, ///< "250ms", "30s", "5m", "4h", "5d"; "0s" where 0 is allowed
    text,     ///< "anything"
    path,     ///< "data/store": relative to the folder of the configuration file
    list,     ///< ["a", "b"]
    choice,   ///< one of the words
};

/// When a changed value counts.
enum class Reload : std::uint8_t {
    live,    ///< on SIGHUP; sessions that are open keep what they began with
    restart, ///< at the next start
};

/// Not shown by describe or dump.
enum class Secrecy : std::uint8_t { open, secret };

/// A setting's value between the file and the struct: numbers, sizes (bytes), durations (milliseconds) and
/// choices (the word's place) are all uint64.
using Value = std::variant<bool, std::uint64_t, std::string, std::vector<std::string>>;

/// One setting. Made by the functions below, in tables that are constants.
struct Row {
    std::string_view key; ///< without its section: "max-recipients"
    Kind kind = Kind::flag;
    Reload reload = Reload::live;
    std::string_view reason; ///< what it does and why the default is what it is
    std::uint64_t min = 0;
    std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
    std::span<const std::string_view> words{}; ///< of a choice, in the order of the enum
    Secrecy secrecy = Secrecy::open;
    void (*set)(void* group, Value&& value) = nullptr;
    Value (*get)(const void* group) = nullptr;
};

namespace detail {

template <class>
struct MemberOf;
template <class Group_, class Type_>
struct MemberOf<Type_ Group_::*> {
    using Group = Group_;
    using Type = Type_;
};
template <auto Member>
using GroupType = typename MemberOf<decltype(Member)>::Group;
template <auto Member>
using FieldType = typename MemberOf<decltype(Member)>::Type;

template <class Field, class Stored>
Field from_stored(Stored&& value)
{
    if constexpr (std::is_same_v<Field, std::chrono::milliseconds>)
        return std::chrono::milliseconds(value);
    else
        return static_cast<Field>(std::forward<Stored>(value));
}

template <class Stored, class Field>
Stored to_stored(const Field& value)
{
    if constexpr (std::is_same_v<Field, std::chrono::milliseconds>)
        return static_cast<Stored>(value.count());
    else
        return static_cast<Stored>(value);
}

template <auto Member, class Stored>
constexpr Row row(std::string_view key, Kind kind, Reload reload, std::string_view reason)
{
    Row made{.key = key, .kind = kind, .reload = reload, .reason = reason};
    made.set = [](void* group, Value&& value) {
        static_cast<GroupType<Member>*>(group)->*Member =
            from_stored<FieldType<Member>>(std::get<Stored>(std::move(value)));
    };
    made.get = [](const void* group) -> Value {
        return to_stored<Stored>(static_cast<const GroupType<Member>*>(group)->*Member);
    };
    return made;
}

template <auto Member, class Field>
constexpr void require()
{
    static_assert(std::is_same_v<FieldType<Member>, Field>,
                  "the member has another type than its kind asks for");
}

} // namespace detail

template <auto Member>
constexpr Row flag(std::string_view key, Reload reload, std::string_view reason)
{
    detail::require<Member, bool>();
    return detail::row<Member, bool>(key, Kind::flag, reload, reason);
}

struct Limits {
    std::uint64_t min, max; ///< both allowed
};

template <auto Member>
constexpr Row number(std::string_view key, Limits limits, Reload reload, std::string_view reason)
{
    detail::require<Member, std::uint32_t>();
    Row made = detail::row<Member, std::uint64_t>(key, Kind::number, reload, reason);
    made.min = limits.min;
    made.max = limits.max;
    return made;
}

template <auto Member>
constexpr Row size(std::string_view key, Limits limits, Reload reload, std::string_view reason)
{
    detail::require<Member, std::uint64_t>();
    Row made = detail::row<Member, std::uint64_t>(key, Kind::size, reload, reason);
    made.min = limits.min;
    made.max = limits.max;
    return made;
}

struct Between {
    std::chrono::milliseconds min, max; ///< both allowed
};

template <auto Member>
constexpr Row duration(std::string_view key, Between limits, Reload reload, std::string_view reason)
{
    detail::require<Member, std::chrono::milliseconds>();
    Row made = detail::row<Member, std::uint64_t>(key, Kind::duration, reload, reason);
    made.min = static_cast<std::uint64_t>(limits.min.count());
    made.max = static_cast<std::uint64_t>(limits.max.count());
    return made;
}

template <auto Member>
constexpr Row text(std::string_view key, Reload reload, std::string_view reason)
{
    detail::require<Member, std::string>();
    return detail::row<Member, std::string>(key, Kind::text, reload, reason);
}

template <auto Member>
constexpr Row secret(std::string_view key, Reload reload, std::string_view reason)
{
    Row made = text<Member>(key, reload, reason);
    made.secrecy = Secrecy::secret;
    return made;
}

template <auto Member>
constexpr Row path(std::string_view key, Reload reload, std::string_view reason)
{
    detail::require<Member, std::string>();
    return detail::row<Member, std::string>(key, Kind::path, reload, reason);
}

template <auto Member>
constexpr Row list(std::string_view key, Reload reload, std::string_view reason)
{
    detail::require<Member, std::vector<std::string>>();
    return detail::row<Member, std::vector<std::string>>(key, Kind::list, reload, reason);
}

/// `words` in the order of the enum's values, which count from 0.
template <auto Member>
constexpr Row choice(std::string_view key, std::span<const std::string_view> words, Reload reload,
                     std::string_view reason)
{
    static_assert(std::is_enum_v<detail::FieldType<Member>>);
    Row made = detail::row<Member, std::uint64_t>(key, Kind::choice, reload, reason);
    made.words = words;
    made.max = words.size() - 1;
    return made;
}

} // namespace mansio::config
