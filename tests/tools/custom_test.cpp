// --custom and --shape, from option to generated call.
#include "import/custom.hpp"

#include <doctest/doctest.h>

#include "emit/emit.hpp"
#include "passes/pass.hpp"
#include "support/model_builder.hpp"

using namespace wasminfer::gen;

namespace {

/// y = Foo(x, w), of my.domain, x free in its rows; z = Relu(y).
ModelBuilder foo()
{
    return ModelBuilder{}
        .opset("my.domain", 1)
        .input("x", DType::f32, {"rows", 3})
        .initializer("w", floats({3}, {1, 2, 3}))
        .node("my.domain::Foo", {"x", "w"}, {"y"},
              {attribute("size", 2), attribute("mode", "a\"b"), attribute("scales", {0.5F, 2.0F})}, "foo")
        .node("Relu", {"y"}, {"z"})
        .output("z");
}

ImportOptions options(const std::map<std::string, std::string>& shapes = {{"y", "f32[rows,2*rows,4]"}})
{
    ImportOptions import;
    import.dims = {parse_dim_binding("rows=1..8")};
    import.custom = {.operators = {parse_custom_operator("my.domain::Foo=dir/foo.hpp:my::foo")}, .shapes = shapes};
    return import;
}

std::string header(const ModelBuilder& builder, const ImportOptions& import)
{
    const auto model = builder.model(import);
    Diagnostics diagnostics{"test.onnx"};
    run_passes(*model, {}, diagnostics);
    const Plan plan = make_plan(*model, diagnostics);
    REQUIRE(diagnostics.text() == "");
    return emit(*model, plan, {.name = "test", .header = "test.hpp", .weights = WeightsMode::literal})
        .files.back()
        .bytes;
}

bool has(const std::string& text, const std::string& part)
{
    CAPTURE(text);
    return text.find(part) != std::string::npos;
}

std::string refusal(const std::string& text)
{
    try {
        parse_custom_operator(text);
        return "";
    } catch (const Refused& refused) {
        return refused.what();
    }
}

}  // namespace

TEST_CASE("custom operators: a call with views and attributes, and the header that has it")
{
    const std::string text = header(foo(), options());
    CHECK(has(text, "\n#include \"dir/foo.hpp\"\n"));
    CHECK(has(text, "::my::foo(free_tensor_view<const float, 2>{f32(x_at), {rows_d, 3}}, tensor_view<const float, "
                    "3>{f32(w_w)},"));
    CHECK(has(text, "free_tensor_view<float, 3>{f32(y_at), {rows_d, 2*rows_d, 4}},"));
    CHECK(has(text, "{.mode = \"a\\\"b\", .scales = {0.5f, 2.0f}, .size = 2});"));
}

TEST_CASE("custom operators: types and shapes that the model declares are enough")
{
    auto builder = foo();
    auto* info = builder.proto.mutable_graph()->add_value_info();
    info->set_name("y");
    auto* type = info->mutable_type()->mutable_tensor_type();
    type->set_elem_type(onnx::TensorProto::DOUBLE);
    type->mutable_shape()->add_dim()->set_dim_param("rows");
    CHECK(has(header(builder, options({})), "free_tensor_view<double, 1>{f64(y_at), {rows_d}}"));
    // What is given on the command line stands before it.
    CHECK(has(header(builder, options({{"y", "i64[5]"}})), "tensor_view<std::int64_t, 5>{i64(y_at)}"));
}

TEST_CASE("custom operators: what is missing or wrong is named, with what to do")
{
    CHECK(has(foo().findings(options({})), "--shape 'y=f32[1,4]'"));
    CHECK(has(foo().findings(options({{"y", "f32"}})), "'f32' is not like f32[batch,4]"));
    CHECK(has(foo().findings(options({{"y", "f32[-1]"}})), "'f32[-1]' is not like f32[batch,4]"));
    CHECK(has(foo().findings(options({{"y", "f32[2]"}, {"z", "f32[2]"}})), "no custom operator makes a value"));
    ImportOptions unused = options();
    unused.custom.operators["my.domain::Bar"] = {"bar.hpp", "bar"};
    CHECK(has(foo().findings(unused), "--custom my.domain::Bar: the model has no such operator"));
}

TEST_CASE("custom operators: what the option takes")
{
    CHECK(parse_custom_operator("ai.onnx::Foo=a b.hpp:f").first == "Foo");
    CHECK(parse_custom_operator("d::Foo=f.hpp:a::b_1::c").second.function == "a::b_1::c");
    for (const char* text : {"Foo", "Foo=f.hpp", "Foo=f.hpp:", "Foo=:f", "=f.hpp:f", "Foo=f.hpp:f()",
                             "Foo=f.hpp:a::", "Foo=f.hpp:1a", "Foo=f\".hpp:f"}) {
        CAPTURE(text);
        CHECK(has(refusal(text), "--custom takes DOMAIN::OP=HEADER:FUNCTION"));
    }
}

TEST_CASE("custom operators: an unknown operator's diagnosis says how")
{
    const auto model = foo().model({.dims = {parse_dim_binding("rows=1")}});
    Diagnostics diagnostics{"test.onnx"};
    check_operators(model->graph, diagnostics);
    CHECK(has(diagnostics.text(), "--custom 'my.domain::Foo=yours.hpp:your::function'"));
}
