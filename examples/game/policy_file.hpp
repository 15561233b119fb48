// policy.onnx: three Gemms over a batch of moths.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace ember {

/// Writes the weights of a Network as an ONNX model. False where the file can't be written.
bool save_policy(const std::string& path, std::span<const float> weights);

/// The weights of a file that save_policy wrote; none where it is not one.
std::vector<float> load_policy(const std::string& path);

}  // namespace ember
