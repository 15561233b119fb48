#include "import/tensor_io.hpp"

#include "import/message.hpp"
#include "import/tensor_proto.hpp"
#include "support/diagnostics.hpp"
#include "support/files.hpp"

namespace wasminfer::gen {

Tensor read_tensor_file(const std::filesystem::path& path)
{
    const auto fail = [&](const std::string& message) { throw Refused{path.string() + ": " + message}; };
    try {
        const auto bytes = read_file(path, most_message_bytes);
        onnx::TensorProto proto;
        if (!parse_message(proto, bytes)) {
            fail("is not an ONNX tensor");
        }
        Tensor tensor = TensorReader{path.has_parent_path() ? path.parent_path() : "."}.read(proto);
        if (size_of(tensor.dtype()) == 0) {
            fail("has elements of type " + std::string{name(tensor.dtype())} + ", which is not supported");
        }
        return tensor;
    } catch (const FileError& error) {
        fail(error.what());
    } catch (const TensorError& error) {
        fail(error.what());
    }
    return {};
}

std::vector<std::byte> tensor_file_bytes(const Tensor& tensor)
{
    onnx::TensorProto proto;
    proto.set_data_type(onnx_of_dtype(tensor.dtype()));
    for (const auto extent : tensor.shape()) {
        proto.add_dims(extent);
    }
    proto.set_raw_data(tensor.bytes().data(), tensor.bytes().size());
    const std::string text = proto.SerializeAsString();
    const auto bytes = std::as_bytes(std::span{text});
    return {bytes.begin(), bytes.end()};
}

}  // namespace wasminfer::gen
