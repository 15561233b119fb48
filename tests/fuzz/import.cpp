// libFuzzer target: any bytes in place of a model end in a model or in findings, never in a crash.
#include "import/import.hpp"

#include <cstdlib>

using namespace wasminfer::gen;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    Diagnostics diagnostics{"model.onnx"};
    const auto model = import_model_bytes(std::as_bytes(std::span{data, size}), {}, "model.onnx", {}, diagnostics);
    if (!model && diagnostics.empty()) {
        std::abort();
    }
    diagnostics.text();
    return 0;
}
