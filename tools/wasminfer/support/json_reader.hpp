#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace wasminfer::gen {

/// A value of a JSON text.
class JsonValue {
public:
    using Array = std::vector<JsonValue>;
    using Object = std::map<std::string, JsonValue>;

    JsonValue() = default;
    template <class T>
    explicit JsonValue(T value) : value_{std::move(value)}
    {
    }

    bool is_array() const { return std::holds_alternative<Array>(value_); }
    const Array& elements() const { return std::get<Array>(value_); }
    /// The member of an object; nullptr where there is none, or this is no object.
    const JsonValue* find(const std::string& key) const
    {
        const auto* object = std::get_if<Object>(&value_);
        const auto it = object ? object->find(key) : Object::const_iterator{};
        return object && it != object->end() ? &it->second : nullptr;
    }
    /// The same where it is a string or a number.
    const std::string* string(const std::string& key) const { return member<std::string>(key); }
    const double* number(const std::string& key) const { return member<double>(key); }

private:
    template <class T>
    const T* member(const std::string& key) const
    {
        const JsonValue* value = find(key);
        return value ? std::get_if<T>(&value->value_) : nullptr;
    }

    std::variant<std::monostate, bool, double, std::string, Array, Object> value_;
};

/// Reads a JSON text (RFC 8259); nothing where it is none, or nested deeper than 100 levels. Of a \u escape that is not
/// ASCII only "?" is kept.
std::optional<JsonValue> read_json(std::string_view text);

}  // namespace wasminfer::gen
