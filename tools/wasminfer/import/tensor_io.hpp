#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <vector>

#include "ir/tensor.hpp"

namespace wasminfer::gen {

/// Reads a TensorProto file (.pb), the form of test data. Throws Refused with a message that names the file, also where
/// the tensor's type is one that generated code can't hold.
Tensor read_tensor_file(const std::filesystem::path& path);

/// The bytes of such a file.
std::vector<std::byte> tensor_file_bytes(const Tensor& tensor);

}  // namespace wasminfer::gen
