#include "import/model_file.hpp"

#include "import/message.hpp"
#include "support/files.hpp"
#include "support/sha256.hpp"

namespace wasminfer::gen {

std::optional<ModelFile> load_model_file(const std::filesystem::path& path, Diagnostics& diagnostics)
{
    try {
        if (const auto size = readable_size(path); size > most_message_bytes) {
            diagnostics.add({"file", "has " + std::to_string(size) + " bytes, and ONNX files end at 2 GiB",
                             "export the model with its weights as external data"});
            return std::nullopt;
        }
        return parse_model_file(read_file(path, most_message_bytes), diagnostics);
    } catch (const FileError& error) {
        diagnostics.add({"file", error.what(), {}});
        return std::nullopt;
    }
}

std::optional<ModelFile> parse_model_file(std::span<const std::byte> bytes, Diagnostics& diagnostics)
{
    ModelFile file;
    // Text can look like a message of unknown fields: without a graph it is no model.
    if (!parse_message(file.proto, bytes) || !file.proto.has_graph()) {
        auto [message, advice] = explain_parse_failure(bytes);
        diagnostics.add({"file", std::move(message), std::move(advice)});
        return std::nullopt;
    }
    file.sha256 = sha256_hex(bytes);
    return file;
}

}  // namespace wasminfer::gen
