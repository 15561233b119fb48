#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace wasminfer::gen {

/// The command line is wrong: what() says how.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Words of a command line: `--key value` or `--key=value` for options with a value, `--key` for flags, `-o` for
/// --output-file, everything else positional.
class Arguments {
public:
    struct Option {
        std::string name;  ///< With its dashes.
        bool takes_value = true;
        bool repeats = false;
    };

    /// Throws UsageError for options that are not in the list, lack their value or are given twice.
    Arguments(const std::vector<std::string>& words, const std::vector<Option>& options);

    const std::vector<std::string>& positional() const { return positional_; }
    bool has(const std::string& option) const { return values_.contains(option); }
    /// The one value, or `fallback`.
    std::string value(const std::string& option, const std::string& fallback = {}) const;
    std::vector<std::string> values(const std::string& option) const;
    /// The one positional argument. Throws UsageError where there is none, or more.
    std::string only(const std::string& what) const;

private:
    std::vector<std::string> positional_;
    std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace wasminfer::gen
