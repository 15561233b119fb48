#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace wasminfer::gen {

struct Node;

/// Thrown by an operator's infer or lower; the pass that called it adds the node and goes on with the next.
class OperatorError : public std::runtime_error {
public:
    explicit OperatorError(const std::string& message, std::string advice = {}, std::vector<std::string> unbound = {})
        : std::runtime_error{message}, advice_{std::move(advice)}, unbound_{std::move(unbound)}
    {
    }
    const std::string& advice() const { return advice_; }
    /// See Finding::unbound.
    const std::vector<std::string>& unbound() const { return unbound_; }

private:
    std::string advice_;
    std::vector<std::string> unbound_;
};

/// One thing that is wrong with a model, and what its owner can do about it.
struct Finding {
    std::string where;  ///< Node with operator and opset, or the part of the file.
    std::string message;
    std::string advice{};  ///< May be empty.
    /// Graph inputs whose values would have to be known (bound) to go on.
    std::vector<std::string> unbound{};
};

/// Collects findings, so that a user sees all of them in one run.
class Diagnostics {
public:
    explicit Diagnostics(std::string file) : file_{std::move(file)} {}

    void add(Finding finding);
    void add(const Node& node, std::string message, std::string advice = {});
    void add(const Node& node, const OperatorError& error);
    bool empty() const { return findings_.empty(); }
    const std::vector<Finding>& findings() const { return findings_; }
    const std::string& file() const { return file_; }
    /// "file: where: message" a finding, its advice indented below.
    std::string text() const;

private:
    std::string file_;
    std::vector<Finding> findings_;
};

/// Ends a run: the findings are already in the Diagnostics (or are the message itself).
class Refused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace wasminfer::gen
