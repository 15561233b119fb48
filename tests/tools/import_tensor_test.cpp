#include <doctest/doctest.h>

#include <wasminfer/core.hpp>

#include "import/tensor_io.hpp"
#include "import/tensor_proto.hpp"
#include "support/files.hpp"
#include "support/model_builder.hpp"
#include "support/temporary_folder.hpp"

using namespace wasminfer::gen;

namespace fs = std::filesystem;

namespace {

onnx::TensorProto proto_of(DType dtype, const std::vector<std::int64_t>& dims)
{
    onnx::TensorProto proto;
    proto.set_data_type(onnx_of_dtype(dtype));
    proto.mutable_dims()->Assign(dims.begin(), dims.end());
    return proto;
}

Tensor read(const onnx::TensorProto& proto, const fs::path& folder = {})
{
    return TensorReader{folder}.read(proto);
}

template <class Proto>
std::string refusal(const Proto& proto, const fs::path& folder = {})
{
    try {
        TensorReader{folder}.read(proto);
        return "none";
    } catch (const TensorError& error) {
        return error.what();
    }
}

bool contains(const std::string& text, const std::string& part)
{
    CAPTURE(text);
    return text.find(part) != std::string::npos;
}

onnx::TensorProto external(const std::string& location, std::int64_t offset = 0, std::int64_t length = -1)
{
    auto proto = proto_of(DType::f32, {2});
    proto.set_data_location(onnx::TensorProto::EXTERNAL);
    const auto add = [&](const char* key, const std::string& value) {
        auto* entry = proto.add_external_data();
        entry->set_key(key);
        entry->set_value(value);
    };
    add("location", location);
    if (offset > 0) {
        add("offset", std::to_string(offset));
    }
    if (length >= 0) {
        add("length", std::to_string(length));
    }
    return proto;
}

onnx::SparseTensorProto sparse(const std::vector<std::int64_t>& dims, const std::vector<std::int64_t>& index_dims,
                               const std::vector<std::int64_t>& indices)
{
    onnx::SparseTensorProto proto;
    *proto.mutable_values() = tensor_proto(floats({2}, {5, 6}));
    *proto.mutable_indices() = tensor_proto(Tensor::ints(index_dims, indices));
    proto.mutable_dims()->Assign(dims.begin(), dims.end());
    return proto;
}

}  // namespace

TEST_CASE("tensors: element types are numbered as in ONNX")
{
    CHECK(dtype_of_onnx(1) == DType::f32);
    CHECK(dtype_of_onnx(16) == DType::bf16);
    CHECK(dtype_of_onnx(17) == DType::f8e4m3fn);
    CHECK(dtype_of_onnx(21) == DType::u4);
    CHECK(dtype_of_onnx(24) == DType::f8e8m0);
    CHECK(dtype_of_onnx(26) == DType::i2);
    CHECK(dtype_of_onnx(27) == DType::undefined);
    CHECK(dtype_of_onnx(-1) == DType::undefined);
    for (int number = 0; number <= 26; ++number) {
        CHECK(onnx_of_dtype(dtype_of_onnx(number)) == number);
    }
}

TEST_CASE("tensors: raw data")
{
    const Tensor tensor = floats({2, 2}, {1, -2, 3, -4});
    CHECK(read(tensor_proto(tensor)) == tensor);
    CHECK(read(proto_of(DType::f32, {0, 5})).count() == 0);
}

TEST_CASE("tensors: each type from its list")
{
    auto f32 = proto_of(DType::f32, {2});
    f32.add_float_data(1.5F);
    f32.add_float_data(-2.5F);
    CHECK(read(f32).as<float>() == std::vector<float>{1.5F, -2.5F});

    auto f64 = proto_of(DType::f64, {1});
    f64.add_double_data(0.1);
    CHECK(read(f64).as<double>() == std::vector<double>{0.1});

    auto i64 = proto_of(DType::i64, {});
    i64.add_int64_data(-7);
    CHECK(read(i64).to_ints() == std::vector<std::int64_t>{-7});

    auto f16 = proto_of(DType::f16, {1});
    f16.add_int32_data(0x3e00);
    CHECK(read(f16).to_doubles() == std::vector<double>{1.5});

    for (const DType type : {DType::i8, DType::u8, DType::i16, DType::u16, DType::i32}) {
        auto proto = proto_of(type, {2});
        proto.add_int32_data(7);
        proto.add_int32_data(100);
        CHECK(read(proto).dtype() == type);
        CHECK(read(proto).to_ints() == std::vector<std::int64_t>{7, 100});
    }
    for (const DType type : {DType::u32, DType::u64}) {
        auto proto = proto_of(type, {1});
        proto.add_uint64_data(4'000'000'000U);
        CHECK(read(proto).to_ints() == std::vector<std::int64_t>{4'000'000'000});
    }
}

TEST_CASE("tensors: bools are 0 or 1, whatever the file says")
{
    auto list = proto_of(DType::boolean, {3});
    for (const int value : {0, 1, 256}) {
        list.add_int32_data(value);
    }
    CHECK(read(list).to_ints() == std::vector<std::int64_t>{0, 1, 1});
    auto raw = proto_of(DType::boolean, {3});
    raw.set_raw_data(std::string{"\0\1\xff", 3});
    CHECK(read(raw).to_ints() == std::vector<std::int64_t>{0, 1, 1});
}

TEST_CASE("tensors: types that generated code cannot hold keep type and shape")
{
    auto proto = proto_of(DType::i4, {3, 4});
    proto.set_raw_data("123456");
    const Tensor tensor = read(proto);
    CHECK(tensor.dtype() == DType::i4);
    CHECK(tensor.shape() == std::vector<std::int64_t>{3, 4});
    CHECK(tensor.bytes().empty());
}

TEST_CASE("tensors: data that does not fit the shape")
{
    auto raw = proto_of(DType::f32, {2, 3});
    raw.set_raw_data("12345678");
    CHECK(contains(refusal(raw), "its shape [2,3] needs 24 bytes, and 8 are there"));
    auto list = proto_of(DType::f32, {3});
    list.add_float_data(1);
    CHECK(contains(refusal(list), "its shape [3] needs 3 elements, and 1 are there"));
    CHECK(contains(refusal(proto_of(DType::f32, {2})), "needs 2 elements, and 0 are there"));
    // Elements in the list of another type.
    auto wrong = proto_of(DType::f32, {1});
    wrong.add_int64_data(1);
    CHECK(contains(refusal(wrong), "needs 1 elements, and 0 are there"));
}

TEST_CASE("tensors: shapes beyond all measure are refused before memory is taken")
{
    const std::int64_t huge = std::int64_t{1} << 60;
    CHECK(contains(refusal(proto_of(DType::f32, {huge})), "more than any memory holds"));
    CHECK(contains(refusal(proto_of(DType::f32, {huge, huge})), "more than any memory holds"));
    CHECK(contains(refusal(proto_of(DType::f32, {0, huge, huge})), "more than any memory holds"));
    CHECK(contains(refusal(proto_of(DType::f32, {1 << 16, 1 << 16, 1 << 16, 1 << 16})), "more than any memory holds"));
    CHECK(contains(refusal(proto_of(DType::i4, {huge})), "more than any memory holds"));
    CHECK(contains(refusal(proto_of(DType::f32, {std::int64_t{1} << 38})), "elements, and 0 are there"));
    CHECK(contains(refusal(proto_of(DType::f32, {-1})), "with a negative extent"));
    CHECK(contains(refusal(proto_of(DType::f32, std::vector<std::int64_t>(1000, 1))), "has 1000 dimensions"));
}

TEST_CASE("tensors: unknown element types and segments")
{
    onnx::TensorProto unknown;
    unknown.set_data_type(99);
    CHECK(contains(refusal(unknown), "has the element type number 99"));
    CHECK(contains(refusal(onnx::TensorProto{}), "has the element type number 0"));
    auto segment = proto_of(DType::f32, {1});
    segment.mutable_segment()->set_begin(0);
    CHECK(contains(refusal(segment), "is stored in segments"));
}

TEST_CASE("tensors: sparse ones are written out")
{
    CHECK(TensorReader{{}}.read(sparse({2, 3}, {2}, {1, 5})).as<float>() == std::vector<float>{0, 5, 0, 0, 0, 6});
    CHECK(TensorReader{{}}.read(sparse({2, 3}, {2, 2}, {0, 2, 1, 0})).as<float>() ==
          std::vector<float>{0, 0, 5, 6, 0, 0});
}

TEST_CASE("tensors: sparse ones that do not fit")
{
    CHECK(contains(refusal(sparse({2, 3}, {2}, {1, 6})), "an index outside its shape"));
    CHECK(contains(refusal(sparse({2, 3}, {2}, {1, -1})), "an index outside its shape"));
    CHECK(contains(refusal(sparse({2, 3}, {2, 2}, {0, 3, 1, 0})), "an index outside its shape"));
    CHECK(contains(refusal(sparse({2, 3}, {1}, {1})), "its indices do not fit its values"));
    CHECK(contains(refusal(sparse({2, 3}, {2, 1}, {0, 1})), "its indices do not fit its values"));
    CHECK(contains(refusal(sparse({1 << 20, 1 << 18}, {2}, {0, 1})), "with its zeros written out"));
}

TEST_CASE("external data: the given range of the file, and no more")
{
    const TemporaryFolder folder;
    const std::vector<float> numbers{1, 2, 3, 4};
    write_file(folder / "weights.bin", std::as_bytes(std::span{numbers}));
    CHECK(read(external("weights.bin"), folder.path()).as<float>() == std::vector<float>{1, 2});
    CHECK(read(external("weights.bin", 4), folder.path()).as<float>() == std::vector<float>{2, 3});
    CHECK(read(external("weights.bin", 8, 8), folder.path()).as<float>() == std::vector<float>{3, 4});
    fs::create_directory(folder / "data");
    write_file(folder / "data" / "w", std::as_bytes(std::span{numbers}));
    CHECK(read(external("data/w", 4), folder.path()).as<float>() == std::vector<float>{2, 3});
}

TEST_CASE("external data: sizes that do not fit")
{
    const TemporaryFolder folder;
    write_file(folder / "weights.bin", "0123456789");
    CHECK(contains(refusal(external("weights.bin", 4), folder.path()), "has 10 bytes; bytes 4 to 12 are asked for"));
    CHECK(contains(refusal(external("weights.bin", 0, 4), folder.path()), "need 8 bytes, and 4 are given"));
    CHECK(contains(refusal(external("missing.bin"), folder.path()), "missing.bin"));
    CHECK(contains(refusal(external(""), folder.path()), "no file is named"));
    CHECK(contains(refusal(external("weights.bin")), "was not read from a folder"));
    auto bad = external("weights.bin");
    bad.add_external_data()->set_key("offset");
    bad.mutable_external_data(1)->set_value("-8");
    CHECK(contains(refusal(bad, folder.path()), "the offset '-8', which is not a number"));
}

TEST_CASE("external data: files outside the model's folder are refused")
{
    const TemporaryFolder outside;
    write_file(outside / "secret", "0123456789");
    const TemporaryFolder folder;
    CHECK(contains(refusal(external((outside / "secret").string()), folder.path()), "is an absolute path"));
    const std::string up = "../" + outside.path().filename().string() + "/secret";
    CHECK(contains(refusal(external(up), folder.path()), "leaves the model's folder"));
    CHECK(contains(refusal(external("a/../../x"), folder.path()), "leaves the model's folder"));
    fs::create_symlink(outside / "secret", folder / "link");
    CHECK(contains(refusal(external("link"), folder.path()), "is a link that leaves the model's folder"));
    fs::create_directory_symlink(outside.path(), folder / "folder");
    CHECK(contains(refusal(external("folder/secret"), folder.path()), "is a link that leaves the model's folder"));
    write_file(folder / "inside", "0123456789");
    fs::create_symlink("inside", folder / "good");
    CHECK(refusal(external("good"), folder.path()) == "none");
    CHECK(contains(refusal(external("."), folder.path()), "is a folder"));
}

TEST_CASE("import: constants of types that generated code cannot hold are refused where they are needed")
{
    auto builder = ModelBuilder{}.input("x", DType::f32, {1});
    auto weights = proto_of(DType::bf16, {2});
    weights.set_name("w");
    weights.set_raw_data("abcd");
    *builder.proto.mutable_graph()->add_initializer() = weights;
    onnx::AttributeProto value = attribute("value", onnx::AttributeProto::TENSOR);
    *value.mutable_t() = proto_of(DType::string, {0});
    builder.node("Relu", {"x"}, {"y"})
        .node("Cast", {"w"}, {"z"}, {}, "cast")
        .node("Constant", {}, {"s"}, {value}, "text")
        .output("y")
        .output("z")
        .output("s");
    const std::string findings = builder.findings();
    CHECK(contains(findings, "Cast 'cast' (opset 18): reads the initializer 'w' of type bfloat16"));
    CHECK(contains(findings, "Constant 'text' (opset 18): attribute 'value' is a tensor of type string"));
    CHECK(builder.findings({.outputs = {"y"}}).empty());
}

TEST_CASE("import: a tensor that cannot be read is named, and so are all others")
{
    auto builder = ModelBuilder{}.input("x", DType::f32, {1});
    for (const char* name : {"a", "b"}) {
        auto proto = proto_of(DType::f32, {3});
        proto.set_name(name);
        *builder.proto.mutable_graph()->add_initializer() = proto;
    }
    onnx::AttributeProto value = attribute("value", onnx::AttributeProto::TENSOR);
    *value.mutable_t() = proto_of(DType::f32, {-1});
    builder.node("Sum", {"x", "a", "b", "c"}, {"y"}).node("Constant", {}, {"c"}, {value}, "const").output("y");
    const std::string findings = builder.findings();
    CHECK(contains(findings, "initializer 'a': its shape [3] needs 3 elements, and 0 are there"));
    CHECK(contains(findings, "initializer 'b': "));
    CHECK(contains(findings, "Constant 'const' (opset 18): attribute 'value': has the shape [-1]"));
}

TEST_CASE("import: sparse initializers are constants")
{
    auto builder = ModelBuilder{}.input("x", DType::f32, {1}).node("Add", {"x", "w"}, {"y"}).output("y");
    auto* proto = builder.proto.mutable_graph()->add_sparse_initializer();
    *proto = sparse({4}, {2}, {0, 3});
    proto->mutable_values()->set_name("w");
    const auto model = builder.model();
    CHECK(model->graph.nodes()[0]->input(1)->constant->as<float>() == std::vector<float>{5, 0, 0, 6});
}

TEST_CASE("tensor files: read back what is written")
{
    const TemporaryFolder folder;
    const Tensor tensor = Tensor::ints({2, 1}, {3, -4});
    write_file(folder / "input_0.pb", tensor_file_bytes(tensor));
    CHECK(read_tensor_file(folder / "input_0.pb") == tensor);
    write_file(folder / "text.pb", "certainly not a tensor");
    CHECK_THROWS_AS(read_tensor_file(folder / "text.pb"), Refused);
    CHECK_THROWS_AS(read_tensor_file(folder / "missing.pb"), Refused);
}
