#include "import/trace.hpp"

#include <cctype>

#include "import/message.hpp"

namespace wasminfer::gen {

namespace {

constexpr std::string_view opening = "File \"";
constexpr std::string_view middle = "\", line ";
constexpr std::string_view in = ", in ";

/// Reads what follows `File "`: `/a/b/model.py", line 42, in forward`. Without its folders, and "" where it is not that.
std::string place(std::string_view line)
{
    const auto end = line.find(middle);
    if (end == std::string_view::npos) {
        return {};
    }
    std::string_view file = line.substr(0, end);
    file = file.substr(file.find_last_of("/\\") + 1);
    std::string_view rest = line.substr(end + middle.size());
    std::size_t digits = 0;
    while (digits < rest.size() && std::isdigit(static_cast<unsigned char>(rest[digits]))) {
        ++digits;
    }
    std::string text = std::string{file} + ":" + std::string{rest.substr(0, digits)};
    rest = rest.substr(digits);
    if (rest.starts_with(in)) {
        text += " in " + std::string{rest.substr(in.size())};
    }
    constexpr std::size_t longest = 120;
    return text.substr(0, longest);
}

/// The innermost place of a Python traceback that is not PyTorch's own, which says more to the model's owner; else the
/// innermost of all.
std::string telling_place(std::string_view trace)
{
    std::string innermost;
    while (true) {
        const auto start = trace.rfind(opening);
        if (start == std::string_view::npos) {
            return innermost;
        }
        std::string_view line = trace.substr(start + opening.size());
        line = line.substr(0, line.find('\n'));
        trace = trace.substr(0, start);
        const std::string found = place(line);
        if (!found.empty() && line.find("/torch/") == std::string_view::npos) {
            return found;
        }
        if (innermost.empty()) {
            innermost = found;
        }
    }
}

}  // namespace

std::string read_trace(const onnx::NodeProto& node)
{
    for (const auto bytes : unknown_fields(node, field::node_metadata_props)) {
        onnx::StringStringEntryProto entry;
        if (parse_message(entry, std::as_bytes(std::span{bytes})) && entry.key() == "pkg.torch.onnx.stack_trace") {
            return telling_place(entry.value());
        }
    }
    return {};
}

}  // namespace wasminfer::gen
