// The runner's own judgement: what passes, what fails, what is counted apart, and what it takes for a case.
#include <doctest/doctest.h>

#include <fstream>

#include "batch.hpp"
#include "support/model_builder.hpp"

using namespace wasminfer::gen;
namespace fs = std::filesystem;

namespace {

void write_tensor(const fs::path& path, const Tensor& tensor)
{
    std::ofstream{path, std::ios::binary} << tensor_proto(tensor).SerializeAsString();
}

void write_case(const fs::path& folder, const ModelBuilder& builder, const std::vector<Tensor>& inputs,
                const std::vector<Tensor>& outputs)
{
    fs::create_directories(folder / "test_data_set_0");
    const auto bytes = builder.bytes();
    std::ofstream{folder / "model.onnx", std::ios::binary}.write(reinterpret_cast<const char*>(bytes.data()),
                                                                 static_cast<std::streamsize>(bytes.size()));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        write_tensor(folder / "test_data_set_0" / ("input_" + std::to_string(i) + ".pb"), inputs[i]);
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        write_tensor(folder / "test_data_set_0" / ("output_" + std::to_string(i) + ".pb"), outputs[i]);
    }
}

ModelBuilder relu()
{
    return ModelBuilder{}.input("x", DType::f32, {2}).node("Relu", {"x"}, {"y"}).output("y");
}

const Tensor x = floats({2}, {-1, 2});
const Tensor y = floats({2}, {0, 2});

void write_relu(const fs::path& folder)
{
    write_case(folder, relu(), {x}, {y});
}

CaseResult judged(const Tensor& got, std::int64_t calls, const CaseInfo& info = {})
{
    const TemporaryFolder folder;
    write_relu(folder.path());
    auto jobs = make_jobs(folder.path(), info);
    REQUIRE(jobs.size() == 1);
    judge(jobs[0], {got}, calls);
    return jobs[0].result;
}

}  // namespace

TEST_CASE("runner: a case passes by its values, within its tolerance")
{
    CHECK(judged(y, 1).outcome == Outcome::passed);
    CHECK(judged(floats({2}, {0, 2.001F}), 1).outcome == Outcome::passed);
    CHECK(judged(floats({2}, {0, 2.1F}), 1).outcome == Outcome::failed);
    CHECK(judged(floats({2}, {0, 2.1F}), 1, {.tolerance = {.rtol = 0.1}, .tier = {}, .noise = {}}).outcome ==
          Outcome::passed);
}

TEST_CASE("runner: type and shape have to be the expected ones")
{
    CHECK(judged(floats({1, 2}, {0, 2}), 1).outcome == Outcome::failed);
    CHECK(judged(Tensor::of<double>(DType::f64, {2}, std::vector<double>{0, 2}), 1).outcome == Outcome::failed);
}

TEST_CASE("runner: a case that called no kernel fails, however right it is")
{
    const auto result = judged(y, 0);
    CHECK(result.outcome == Outcome::failed);
    CHECK(result.reason == "no kernel was called");
    CHECK(!result.constants_alone);
}

TEST_CASE("runner: a graph of constants alone passes without a kernel, and is counted apart")
{
    const TemporaryFolder folder;
    write_case(folder.path(), ModelBuilder{}.node("Constant", {}, {"y"}, {attribute("value", y)}).output("y"), {}, {y});
    auto jobs = make_jobs(folder.path(), {});
    judge(jobs[0], {y}, 0);
    CHECK(jobs[0].result.outcome == Outcome::passed);
    CHECK(jobs[0].result.constants_alone);
}

TEST_CASE("runner: expected noise is skipped where the values alone are off, and nowhere else")
{
    CaseInfo info;
    info.noise = "noise";
    CHECK(judged(floats({2}, {1, 2}), 1, info).outcome == Outcome::skipped);
    CHECK(judged(floats({3}, {1, 2, 3}), 1, info).outcome == Outcome::failed);
    CHECK(judged(y, 1, info).outcome == Outcome::passed);
}

TEST_CASE("runner: inputs that decide a shape are bound, and no others")
{
    const TemporaryFolder folder;
    write_case(folder.path(),
               ModelBuilder{}
                   .input("x", DType::f32, {2})
                   .input("shape", DType::i64, {2})
                   .node("Reshape", {"x", "shape"}, {"row"})
                   .node("Relu", {"row"}, {"y"})
                   .output("y"),
               {x, Tensor::ints({2}, {1, 2})}, {floats({1, 2}, {0, 2})});
    auto jobs = make_jobs(folder.path(), {});
    prepare(jobs[0]);
    REQUIRE(jobs[0].ready);
    CHECK(jobs[0].inputs == std::vector<Tensor>{x});
}

TEST_CASE("runner: each data set is a job, and a folder without one fails by name")
{
    const TemporaryFolder folder;
    write_relu(folder.path() / "two");
    fs::copy(folder.path() / "two/test_data_set_0", folder.path() / "two/test_data_set_1");
    CHECK(make_jobs(folder.path() / "two", {}).size() == 2);
    fs::create_directories(folder.path() / "none");
    fs::copy(folder.path() / "two/model.onnx", folder.path() / "none/model.onnx");
    const auto jobs = make_jobs(folder.path() / "none", {});
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].result.reason.find("test_data_set_0") != std::string::npos);
}

TEST_CASE("runner: folders and archives of any usual kind, with the table at the top")
{
    const TemporaryFolder folder;
    const fs::path tree = folder.path() / "tree";
    write_relu(tree / "group/one");
    write_relu(tree / "group/deeper/two");
    std::ofstream{tree / "cases.tsv"} << "case\tfolder\ttier\trtol\tatol\tnote\n"
                                      << "one\tgroup\t2\t0.5\t1e-7\tnoise\n"
                                      << "one\tother\t1\t0.25\t1e-7\t-\n";
    const auto check = [](const fs::path& path) {
        CAPTURE(path.string());
        const CaseTree cases{path};
        REQUIRE(cases.cases().size() == 2);
        CHECK(cases.cases()[1].filename() == "one");
        const CaseInfo info = cases.info(cases.cases()[1]);
        CHECK(info.tolerance.rtol == 0.5);
        CHECK(info.tier == "2");
        CHECK(!info.noise.empty());
        CHECK(cases.info(cases.cases()[0]).tolerance.rtol == 1e-3);
    };
    check(tree);
    for (const auto& [name, format] : {std::pair{"cases.tar", ""}, std::pair{"cases.tar.gz", "z"},
                                       std::pair{"cases.tar.zst", "--zstd"}, std::pair{"cases.zip", "--format=zip"}}) {
        std::vector<std::string> words{"cmake", "-E", "chdir", tree.string(), "cmake", "-E", "tar"};
        const std::string option = format;
        words.push_back(option == "z" ? "czf" : "cf");
        words.push_back((folder.path() / name).string());
        if (option.starts_with("--")) {
            words.push_back(option);
        }
        words.insert(words.end(), {"group", "cases.tsv"});
        REQUIRE(run_process(words, {}, folder.path() / "tar.log", std::chrono::minutes{1}).status == 0);
        check(folder.path() / name);
    }
    CHECK_THROWS_AS(CaseTree{folder.path() / "missing"}, Refused);
    std::ofstream{folder.path() / "broken.zip"} << "PK, or nearly so";
    CHECK_THROWS_AS(CaseTree{folder.path() / "broken.zip"}, Refused);
}
