#include "import/trace.hpp"

#include <cctype>

#include "import/message.hpp"

namespace wasminfer::gen {

namespace {

/// The last line of a Python traceback that names a place: `File "/a/b/model.py", line 42, in forward`.
std::string innermost_place(std::string_view trace)
{
    constexpr std::string_view opening = "File \"";
    constexpr std::string_view middle = "\", line ";
    const auto start = trace.rfind(opening);
    if (start == std::string_view::npos) {
        return {};
    }
    std::string_view line = trace.substr(start + opening.size());
    line = line.substr(0, line.find('\n'));
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
    std::string place = std::string{file} + ":" + std::string{rest.substr(0, digits)};
    constexpr std::string_view in = ", in ";
    if (rest.substr(digits).starts_with(in)) {
        place += " in " + std::string{rest.substr(digits + in.size())};
    }
    constexpr std::size_t longest = 120;
    return place.substr(0, longest);
}

}  // namespace

std::string read_trace(const onnx::NodeProto& node)
{
    for (const auto bytes : unknown_fields(node, field::node_metadata_props)) {
        onnx::StringStringEntryProto entry;
        if (parse_message(entry, std::as_bytes(std::span{bytes})) && entry.key() == "pkg.torch.onnx.stack_trace") {
            return innermost_place(entry.value());
        }
    }
    return {};
}

}  // namespace wasminfer::gen
