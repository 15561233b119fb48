#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace wasminfer::gen {

/// A tensor of the model that can't be read: what is wrong with it, and what its owner can do.
class TensorError : public std::runtime_error {
public:
    explicit TensorError(const std::string& message, std::string advice = {})
        : std::runtime_error{message}, advice_{std::move(advice)}
    {
    }
    const std::string& advice() const { return advice_; }

private:
    std::string advice_;
};

/// Where a tensor's elements lie, when they are in a file beside the model.
struct ExternalData {
    std::string location;  ///< Relative to the model's folder.
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length;  ///< To the end of what the tensor needs, where it is absent.
};

/// The `expected` bytes. A model is not trusted: it must not make the generator read files that are none of its own.
/// Throws TensorError for absolute paths, "..", links out of the folder, and sizes that don't fit.
std::vector<std::byte> read_external_data(const std::filesystem::path& folder, const ExternalData& data,
                                          std::uint64_t expected);

}  // namespace wasminfer::gen
