#pragma once

#include <filesystem>
#include <set>

#include "import/external_data.hpp"
#include "import/proto.hpp"
#include "ir/tensor.hpp"

namespace wasminfer::gen {

/// Turns the tensors of one model into Tensors. Nothing in a TensorProto is believed: extents, counts and files are
/// checked before memory is taken, and so is the sum over the model.
class TensorReader {
public:
    /// `folder` is where external data lies; empty: there is none.
    explicit TensorReader(std::filesystem::path folder) : folder_{std::move(folder)} {}

    /// Throws TensorError. Types that generated code can't hold give a Tensor without bytes (see size_of).
    Tensor read(const onnx::TensorProto& proto);
    /// The same tensor with its zeros written out.
    Tensor read(const onnx::SparseTensorProto& proto);
    /// The files of external data that were read.
    const std::set<std::filesystem::path>& data_files() const { return data_files_; }

private:
    std::size_t take_bytes(std::int64_t count, DType dtype);

    std::filesystem::path folder_;
    std::set<std::filesystem::path> data_files_;
    std::uint64_t taken_ = 0;
};

}  // namespace wasminfer::gen
