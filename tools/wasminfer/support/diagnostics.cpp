#include "support/diagnostics.hpp"

#include <algorithm>

#include "ir/graph.hpp"
#include "support/printable.hpp"

namespace wasminfer::gen {

void Diagnostics::add(Finding finding)
{
    const bool known = std::ranges::any_of(findings_, [&](const Finding& other) {
        return other.where == finding.where && other.message == finding.message;
    });
    if (!known) {
        findings_.push_back(std::move(finding));
    }
}

void Diagnostics::add(const Node& node, std::string message, std::string advice)
{
    add(node, OperatorError{std::move(message), std::move(advice)});
}

void Diagnostics::add(const Node& node, const OperatorError& error)
{
    std::string advice = error.advice();
    std::string where = describe(node);
    if (node.opset > 0) {
        where += " (opset " + std::to_string(node.opset) + ")";
    }
    if (!node.trace.empty()) {
        advice += (advice.empty() ? "" : "\n") + ("exported from " + node.trace);
    }
    add({std::move(where), error.what(), std::move(advice), error.unbound()});
}

std::string Diagnostics::text() const
{
    std::string text;
    for (const auto& finding : findings_) {
        text += printable(file_) + ": " + printable(finding.where) + ": " + printable(finding.message) + "\n";
        std::size_t at = 0;
        while (at < finding.advice.size()) {
            const std::size_t end = std::min(finding.advice.find('\n', at), finding.advice.size());
            text += "    " + printable(finding.advice.substr(at, end - at)) + "\n";
            at = end + 1;
        }
    }
    return text;
}

}  // namespace wasminfer::gen
