// verify over cases that are made here, run natively: what passes, what fails, and what is said of each.
#include <doctest/doctest.h>

#include "cli.hpp"
#include "import/tensor_io.hpp"

using namespace wasminfer::gen;
using namespace wasminfer::gen::test;

namespace {

/// y = 2 x and z = -x over f32[n,2], n free.
const ModelBuilder model = ModelBuilder{}
                               .input("x", DType::f32, {"n", 2})
                               .initializer("two", floats({}, {2}))
                               .node("Mul", {"x", "two"}, {"y"})
                               .node("Neg", {"x"}, {"z"})
                               .output("y")
                               .output("z");

struct Case {
    Cli cli;

    Case() { cli.write("model.onnx", model.bytes()); }

    /// A data set; an output without elements gets no reference file.
    void add(const std::string& set, const Tensor& x, const std::vector<Tensor>& outputs) const
    {
        std::filesystem::create_directory(cli.folder.path() / set);
        cli.write(set + "/input_0.pb", tensor_file_bytes(x));
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            if (outputs[i].count() > 0) {
                cli.write(set + "/output_" + std::to_string(i) + ".pb", tensor_file_bytes(outputs[i]));
            }
        }
    }

    ProcessResult verify(std::vector<std::string> options = {}) const
    {
        std::vector<std::string> words{"verify", cli.folder.path().string(), "--on", "native", "--flags", "-O0"};
        words.insert(words.end(), options.begin(), options.end());
        return cli.run(words);
    }
};

const Tensor one = floats({1, 2}, {1, 2});
const Tensor none = floats({0}, {});

bool has(const std::string& text, const std::string& part)
{
    CAPTURE(text);
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("verify: data sets of several sizes, outputs without a reference")
{
    const Case two;
    two.add("test_data_set_0", one, {floats({1, 2}, {2, 4}), floats({1, 2}, {-1, -2})});
    two.add("test_data_set_1", floats({3, 2}, {1, 2, 3, 4, 5, 6}), {none, floats({3, 2}, {-1, -2, -3, -4, -5, -6})});
    const auto result = two.verify();
    CHECK(result.status == 0);
    CHECK(has(result.output, "/test_data_set_0  largest error 0.00e+00 absolute, 0.00e+00 relative\n"));
    CHECK(has(result.output, "/test_data_set_1  largest error 0.00e+00 absolute, 0.00e+00 relative\n"));
    CHECK(result.output.ends_with("2 passed, 0 failed\n"));
}

TEST_CASE("verify: a wrong value, shape or type fails, and the others are told")
{
    const Case wrong;
    wrong.add("test_data_set_0", one, {floats({1, 2}, {2, 4.5F}), none});
    wrong.add("test_data_set_1", one, {floats({2, 1}, {2, 4}), none});
    wrong.add("test_data_set_2", one, {Tensor::ints({1, 2}, {2, 4}), none});
    wrong.add("test_data_set_3", one, {floats({1, 2}, {2, 4}), none});
    const auto result = wrong.verify();
    CHECK(result.status == 1);
    CHECK(has(result.output, "largest error 5.00e-01 absolute"));
    CHECK(result.output.ends_with("1 passed, 3 failed\n"));
}

TEST_CASE("verify: the tolerance is that of meta.json, unless the command line gives one")
{
    const Case close;
    close.add("test_data_set_0", one, {floats({1, 2}, {2, 4.5F}), none});
    close.cli.write("meta.json", std::string{R"({"tolerance": {"y": {"rtol": 0, "atol": 0.6}}})"});
    CHECK(close.verify().status == 0);
    CHECK(close.verify({"--atol", "0.1"}).status == 1);
    CHECK(close.verify({"--atol", "much"}).status == 1);
}

TEST_CASE("verify: f16 weights are compared as such, and the line says so")
{
    const Case rounded;
    std::vector<float> weights;
    for (int i = 0; i < 256; ++i) {
        weights.push_back(0.1F + 0.01F * static_cast<float>(i));
    }
    const auto sum = ModelBuilder{}
                         .input("x", DType::f32, {256})
                         .initializer("w", floats({256}, weights))
                         .node("Add", {"x", "w"}, {"y"})
                         .output("y");
    rounded.cli.write("model.onnx", sum.bytes());
    rounded.cli.write("meta.json", std::string{R"({"tolerance": {"y": {"rtol": 1e-6, "atol": 1e-6}}})"});
    rounded.add("test_data_set_0", floats({256}, std::vector<float>(256)), {floats({256}, weights)});
    const std::vector<std::string> f16{"--weights-type", "f16"};
    const std::string note = "; more than f32 allows, as f16 weights do: up to 2^-8 of the largest value\n";
    CHECK_FALSE(has(rounded.verify().output, note));
    const auto result = rounded.verify(f16);
    CHECK(result.status == 0);
    CHECK(has(result.output, "passed  "));
    CHECK(has(result.output, note));
    // A tolerance of one's own counts, and what f16 doesn't explain fails.
    CHECK(rounded.verify({"--weights-type", "f16", "--atol", "1e-6"}).status == 1);
    weights[0] += 0.02F;
    rounded.add("test_data_set_0", floats({256}, std::vector<float>(256)), {floats({256}, weights)});
    const auto wrong = rounded.verify(f16);
    CHECK(wrong.status == 1);
    CHECK_FALSE(has(wrong.output, note));
}

TEST_CASE("verify: with --dim, one header serves data sets of several sizes, and no others")
{
    const Case two;
    two.add("test_data_set_0", one, {floats({1, 2}, {2, 4}), none});
    two.add("test_data_set_1", floats({3, 2}, {1, 2, 3, 4, 5, 6}), {floats({3, 2}, {2, 4, 6, 8, 10, 12}), none});
    CHECK(two.verify({"--dim", "n=1..4"}).output.ends_with("2 passed, 0 failed\n"));
    CHECK(two.verify({"--dim", "n=1..2"}).output.ends_with("1 passed, 1 failed\n"));
    CHECK(two.verify({"--ranges"}).output.ends_with("2 passed, 0 failed\n"));
    CHECK(two.verify({"--ranges", "--dim", "n=1..2"}).output.ends_with("1 passed, 1 failed\n"));
    CHECK(has(two.verify({"--dim", "m=1..2"}).output, "--dim m: the data does not say how large it is"));
}

TEST_CASE("verify: an input that is bound is a constant, and data that gives another value fails")
{
    const Case bound;
    bound.add("test_data_set_0", one, {floats({1, 2}, {2, 4}), none});
    bound.add("test_data_set_1", floats({1, 2}, {1, 3}), {floats({1, 2}, {2, 6}), none});
    const auto result = bound.verify({"--bind", "x=1,2"});
    CHECK(has(result.output, "test_data_set_1: input 'x' has another value than --bind says"));
    CHECK(result.output.ends_with("0 passed, 2 failed\n"));
    const Case same;
    same.add("test_data_set_0", one, {floats({1, 2}, {2, 4}), none});
    CHECK(same.verify({"--bind", "x=1,2"}).output.ends_with("1 passed, 0 failed\n"));
}

TEST_CASE("verify: a cache is given by the first data set, carried to the next, and compared in the model's own order")
{
    const Cli cli;
    cli.write("model.onnx", ModelBuilder{}
                                .input("x", DType::f32, {2, 1})
                                .input("past", DType::f32, {2, "p"})
                                .node("Concat", {"past", "x"}, {"present"}, {attribute("axis", 1)})
                                .output("present")
                                .bytes());
    const auto add = [&](const std::string& set, const Tensor& x, const Tensor& past, const Tensor& present) {
        std::filesystem::create_directory(cli.folder.path() / set);
        cli.write(set + "/input_0.pb", tensor_file_bytes(x));
        cli.write(set + "/input_1.pb", tensor_file_bytes(past));
        cli.write(set + "/output_0.pb", tensor_file_bytes(present));
    };
    add("test_data_set_0", floats({2, 1}, {7, 8}), floats({2, 2}, {1, 2, 3, 4}), floats({2, 3}, {1, 2, 7, 3, 4, 8}));
    // Its past is not read: what the first run left is.
    add("test_data_set_1", floats({2, 1}, {5, 6}), floats({2, 3}, {0, 0, 0, 0, 0, 0}),
        floats({2, 4}, {1, 2, 7, 5, 3, 4, 8, 6}));
    const auto verify = [&](const std::string& cache) {
        return cli.run({"verify", cli.folder.path().string(), "--on", "native", "--flags", "-O0", "--cache", cache})
            .output;
    };
    CHECK(verify("past=present:4").ends_with("2 passed, 0 failed\n"));
    CHECK(has(verify("past=present:3"), "1 passed, 1 failed\n"));
}

TEST_CASE("verify: a folder that is no case is a failure with a reason")
{
    const Case empty;
    const auto result = empty.verify();
    CHECK(result.status == 1);
    CHECK(has(result.output, "test_data_set_0"));
    CHECK(result.output.ends_with("0 passed, 1 failed\n"));
}

TEST_CASE("verify: operators of the model's owner, their headers beside the case or given whole")
{
    const std::filesystem::path example = WASMINFER_TESTS_DIR "/../examples/custom";
    Case own;
    std::filesystem::copy_file(example / "custom.onnx", own.cli.path("model.onnx"),
                               std::filesystem::copy_options::overwrite_existing);
    // Counts of 2, 1, 1 and of 1, 2, 1.
    own.add("test_data_set_0", floats({2, 4}, {0.1F, 0.2F, 0.5F, 0.9F, -1, 0.4F, 0.4F, 2}),
            {floats({2, 3}, {0.5761F, 0.2119F, 0.2119F, 0.2119F, 0.5761F, 0.2119F})});
    const std::string operation = "my.domain::Histogram=";
    const auto header = example / "histogram.hpp";
    CHECK(own.verify({"--custom", operation + std::filesystem::canonical(header).string() + ":my::histogram"})
              .output.ends_with("1 passed, 0 failed\n"));
    std::filesystem::copy_file(header, own.cli.path("histogram.hpp"));
    const std::vector<std::string> beside{"--custom", operation + "histogram.hpp:my::histogram", "--ranges"};
    CHECK(own.verify(beside).output.ends_with("1 passed, 0 failed\n"));
    CHECK(has(own.verify().output, "--custom 'my.domain::Histogram=yours.hpp"));
    CHECK(has(own.verify({"--custom", "Histogram"}).output, "--custom"));
}
